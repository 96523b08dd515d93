import LosslessJSON
import Testing

@Test func `a document is read as it stands`() throws {
    let document = try JSONDocument(
        "{\"id\": \"message-1\", \"n\": 1.0, \"big\": 12345678901234567890123, \"a\": [1, {\"x\": null}], \"a\": [true]}"
    )
    let root = document.root
    #expect(root["id"]?.string == "message-1")
    #expect(root["n"]?.lexeme == "1.0")
    #expect(root["big"]?.int == nil)
    #expect(root["a"]?.count == 1)
    #expect(root["a"]?[0]?.bool == true)
    #expect(root.count == 5)
    #expect(
        String(decoding: root.minified(), as: UTF8.self)
            == "{\"id\":\"message-1\",\"n\":1.0,\"big\":12345678901234567890123,\"a\":[1,{\"x\":null}],\"a\":[true]}"
    )
    #expect(
        String(decoding: Canonical.bytes(root, dropping: ["id"]), as: UTF8.self)
            == "{\"a\":[true],\"big\":12345678901234567890123,\"n\":1}")
}
