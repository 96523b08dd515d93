import LosslessJSON
import Testing

@Test func `elements of an agent file come out one by one`() throws {
    let text = """
        {"agents": [{"id": "a", "messages": [{"n": 1}, "x ]", 2.50]}, {"messages": []}],
         "tools": [{"t": [1, 2]}], "mess\\u0061ges": [3]}
        """
    let (elements, rest) = try split(text, ["$.agents[*].messages[*]", "$.messages[*]"])
    #expect(elements.map(\.text) == ["{\"n\":1}", "\"x ]\"", "2.50", "3"])
    #expect(elements.map(\.indices) == [[0, 0], [0, 1], [0, 2], [0]])
    #expect(elements.map(\.path) == [0, 0, 0, 1])
    #expect(rest == #"{"agents":[{"id":"a","messages":[]},{"messages":[]}],"tools":[{"t":[1,2]}],"mess\u0061ges":[]}"#)
}

@Test func `dropped members vanish from elements`() throws {
    let text = #"[{"embedding": [0.1, -2e3], "text": "a"}, {"text": "b", "embedding": null, "z": 1}, 7]"#
    let (elements, rest) = try split(text, ["$[*]"], dropping: ["$[*].embedding"])
    #expect(elements.map(\.text) == [#"{"text":"a"}"#, #"{"text":"b","z":1}"#, "7"])
    #expect(rest == "[]")
}

extension JSONElement {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Splits a text that is fed in pieces of `size` bytes.
func split(
    _ text: String, _ streaming: [JSONPath], dropping: [JSONPath] = [], size: Int = 1 << 20
) throws -> (elements: [JSONElement], rest: String) {
    var splitter = JSONSplitter(streaming: streaming, dropping: dropping)
    var elements: [JSONElement] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
        try splitter.feed(Array(bytes[start..<min(start + size, bytes.count)])) { elements.append($0) }
    }
    return (elements, String(decoding: try splitter.finish(), as: UTF8.self))
}
