import LosslessJSON
import Testing

private func root(_ text: String) throws -> JSONValue { try JSONDocument(text).root }

@Test func `the last of several members is found, as Python does`() throws {
    let value = try root(#"{"a": 1, "b": 2, "\u0061": 3}"#)
    #expect(value["a"]?.int == 3)
    #expect(value.count == 3)
    #expect(value.members.map(\.key) == ["a", "b", "a"])
}

@Test func `keys are compared by bytes and not by looks`() throws {
    let value = try root("{\"e\u{301}\": 1}")
    #expect(value["e\u{301}"]?.int == 1)
    #expect(value["\u{E9}"] == nil)
}

@Test func `members and elements are those of the value, not of values inside it`() throws {
    let value = try root(#"{"a": {"b": 1}, "c": [[1, 2], {"d": 3}, 4]}"#)
    #expect(value["b"] == nil)
    #expect(value["c"]?.count == 3)
    #expect(value["c"]?[1]?["d"]?.int == 3)
    #expect(value["c"]?[2]?.int == 4)
    #expect(value["c"]?[3] == nil)
    #expect(value["c"]?[-1] == nil)
    #expect(value["c"]?.elements.map(\.kind) == [.array, .object, .number])
}

@Test func `questions that do not fit a value have no answer`() throws {
    let value = try root(#"{"s": "text", "n": 1}"#)
    #expect(value["s"]?["x"] == nil)
    #expect(value["s"]?[0] == nil)
    #expect(value["s"]?.int == nil)
    #expect(value["s"]?.elements.isEmpty == true)
    #expect(value["n"]?.string == nil)
    #expect(value["n"]?.members.isEmpty == true)
    #expect(value["n"]?.bool == nil)
    #expect(value.lexeme == nil)
    #expect(value[0] == nil)
}

@Test(arguments: [
    (#""\u00e9\n\"\/""#, "é\n\"/"), (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"),
    (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
    (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
    (#""\u0000""#, "\0"), (#""plain 記""#, "plain 記"),
])
func `strings are decoded`(text: String, decoded: String) throws {
    #expect(try root(text).string == decoded)
}

@Test func `numbers keep their lexeme and convert only where they fit`() throws {
    #expect(try root("1.0").int == nil)
    #expect(try root("1.0").double == 1)
    #expect(try root("-12").int == -12)
    #expect(try root("9223372036854775808").int == nil)
    #expect(try root("9223372036854775808").lexeme == "9223372036854775808")
    #expect(try root("1e999").double == nil)
    #expect(try root("1e999").lexeme == "1e999")
}

@Test func `raw bytes are those of the text`() throws {
    let value = try root(#"[ {"a" : 1.0} , "\u0041", [ ] ]"#)
    #expect(value.elements.map { Array($0.raw).text } == [#"{"a" : 1.0}"#, #""\u0041""#, "[ ]"])
}
