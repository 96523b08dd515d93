import LosslessJSON
import Testing

private func canonical(_ text: String, dropping keys: Set<String> = []) throws -> String {
    Canonical.bytes(try JSONDocument(text).root, dropping: keys).text
}

@Test(arguments: [
    ("1.0", "1"), ("10e-1", "1"), ("-0", "0"), ("-0.000e9", "0"), ("0e99999999999999999999", "0"),
    ("1e2", "100"),
    ("1.50", "1.5"), ("-0.05", "-0.05"), ("5e-3", "0.005"), ("12.0E-1", "1.2"), ("1e400", "1e400"),
    ("10e399", "1e400"),
    ("1e39", "1000000000000000000000000000000000000000"), ("1e40", "1e40"), ("12e-41", "12e-41"),
    ("0.1e-40", "1e-41"), ("10000000000000000000000000000000000000000", "1e40"),
    ("12345678901234567890123.0", "12345678901234567890123"), ("1e99999999999999999", "1e99999999999999999"),
    ("1e999999999999999999999", "1e999999999999999999999"),
    ("1E+0999999999999999999999", "1e999999999999999999999"),
    ("-1.0e-999999999999999999999", "-1.0e-999999999999999999999"),
])
func `a number is spelled by its value`(lexeme: String, spelled: String) throws {
    #expect(try canonical(lexeme) == spelled)
    #expect(try canonical(spelled) == spelled)
}

@Test(arguments: [
    (#""\u0041\/\u00e9""#, #""A/é""#), (#""\u000a\u0008\u001F\u0022\u005c""#, #""\n\b\u001f\"\\""#),
    (#""\ud83d\uDE00""#, #""😀""#), (#""\uD83D""#, #""\ud83d""#), (#""\uDE00x\uD83D""#, #""\ude00x\ud83d""#),
    (#""\uFFFD""#, "\"\u{FFFD}\""), (#""\u007f""#, "\"\u{7F}\""),
])
func `a string has as few escapes as can be`(literal: String, spelled: String) throws {
    #expect(try canonical(literal) == spelled)
    #expect(try canonical(spelled) == spelled)
}

@Test func `members are sorted by the bytes of their decoded keys`() throws {
    let text =
        #"{"b": 1, "\u0061b": 2, "a": 3, "": 4, "é": 5, "\ud83d\ude00": 6, "\uffff": 7, "long key 2": 8, "long key 1": 9, "a\u0000": 0}"#
    #expect(
        try canonical(text)
            == "{\"\":4,\"a\":3,\"a\\u0000\":0,\"ab\":2,\"b\":1,\"long key 1\":9,\"long key 2\":8,\"é\":5,\"\u{FFFF}\":7,\"😀\":6}"
    )
}

@Test func `the last of members with one key counts`() throws {
    #expect(try canonical(#"{"a": 1, "b": 0, "\u0061": [2], "a": 3}"#) == #"{"a":3,"b":0}"#)
    let many = (0..<100).map { "\"k\($0 % 40)\": \($0)" }.joined(separator: ",")
    let last = (60..<100).map { "\"k\($0 % 40)\": \($0)" }.joined(separator: ",")
    #expect(try canonical("{\(many)}") == canonical("{\(last)}"))
}

@Test func `members are left out of the outermost object only`() throws {
    #expect(
        try canonical(#"{"id": 1, "b": {"id": 2}, "\u0069d": 3}"#, dropping: ["id"]) == #"{"b":{"id":2}}"#)
    #expect(try canonical(#"[{"id": 1}]"#, dropping: ["id"]) == #"[{"id":1}]"#)
}

@Test func `pieces are whole whatever their size`() throws {
    let long = String(repeating: "記憶 and words, ", count: 3000)
    let text = "{\"b\":[\"\(long)\",1],\"a\":\"\(long.prefix(5000))\"}"
    var pieces: [[UInt8]] = []
    Canonical.write(try JSONDocument(text).root) { pieces.append(Array($0)) }
    #expect(Array(pieces.joined()).text == "{\"a\":\"\(long.prefix(5000))\",\"b\":[\"\(long)\",1]}")
    #expect(pieces.count > 1)
    #expect(pieces.allSatisfy { !$0.isEmpty })
}

@Test func `an object of thousands of members is sorted in no time`() throws {
    let text = "{" + (0..<5000).map { "\"key \($0)\":\($0)" }.reversed().joined(separator: ",") + "}"
    #expect(try canonical(text).hasPrefix(#"{"key 0":0,"key 1":1,"key 10":10,"#))
}

@Test(arguments: 0..<120)
func `all spellings of a value have one canonical form`(seed: UInt64) throws {
    var random = Seeded(seed)
    let value = RandomValue.make(&random)
    var plain = Speller(random: random, varies: false)
    let expected = try canonical(plain.text(of: value))
    var speller = Speller(random: random)
    for _ in 0..<4 { #expect(try canonical(speller.text(of: value)) == expected) }
    #expect(try canonical(expected) == expected)
}

@Test(arguments: 0..<40)
func `any single change of a value changes its canonical form`(seed: UInt64) throws {
    var random = Seeded(seed &+ 1000)
    let value = RandomValue.make(&random, depth: 3)
    var speller = Speller(random: random, varies: false)
    let before = try canonical(speller.text(of: value))
    for mutation in value.mutations.prefix(80) {
        let text = speller.text(of: mutation)
        #expect(try canonical(text) != before, "\(text)")
    }
}
