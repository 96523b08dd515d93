import Hashing
import LettaModel
import LosslessJSON
import Testing

@Test func `the digest of abc is the published one`() {
    let digest = ContentDigest.ofBytes(Array("abc".utf8))
    #expect(digest.description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
}

@Test func `equal values in other words have one digest`() throws {
    let one = try JSONDocument("{\"a\": 1.0, \"id\": 7}")
    let other = try JSONDocument("{\"id\": 8, \"\\u0061\": 10e-1}")
    #expect(
        ContentDigest.ofCanonical(one.root, dropping: ["id"])
            == ContentDigest.ofCanonical(other.root, dropping: ["id"]))
}
