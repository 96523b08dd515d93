import Hashing
import LettaModel
import LosslessJSON
import Testing

@Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
])
func `digests are the published ones`(text: String, digest: String) {
    #expect(ContentDigest.ofBytes(Array(text.utf8)).description == digest)
}

@Test func `bytes can come in pieces, and a digest that is finished starts anew`() {
    var hash = SHA256()
    hash.update(Array("a".utf8))
    hash.update([])
    hash.update(Array("xbcx".utf8)[1...2])
    let first = hash.finish()
    hash.update(Array("abc".utf8))
    #expect(first == ContentDigest.ofBytes(Array("abc".utf8)))
    #expect(hash.finish() == first)
}

@Test func `equal values in other words have one digest`() throws {
    let one = try JSONDocument("{\"a\": 1.0, \"id\": 7}")
    let other = try JSONDocument("{\"id\": 8, \"\\u0061\": 10e-1}")
    #expect(
        ContentDigest.ofCanonical(one.root, dropping: ["id"])
            == ContentDigest.ofCanonical(other.root, dropping: ["id"]))
    #expect(ContentDigest.ofCanonical(one.root) != ContentDigest.ofCanonical(other.root))
}

@Test func `a canonical digest is that of the canonical bytes`() throws {
    let root = try JSONDocument(#"{"b": [1.0, "\u0041"], "a": null}"#).root
    #expect(ContentDigest.ofCanonical(root) == ContentDigest.ofBytes(Canonical.bytes(root)))
}

@Test func `many threads can make digests at once`() async {
    let expected = ContentDigest.ofBytes([1, 2, 3])
    let all = await withTaskGroup(of: ContentDigest.self) { group in
        for _ in 0..<50 { group.addTask { ContentDigest.ofBytes([1, 2, 3]) } }
        return await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(all == [expected])
}
