import LosslessJSON
import Testing

/// Texts that RFC 8259 allows, and their minified form.
private let valid: [(text: String, minified: String)] = [
    ("null", "null"), (" true\n", "true"), ("false", "false"), ("0", "0"), ("-0", "-0"),
    ("-0.0e-0", "-0.0e-0"),
    ("1.50", "1.50"), ("1E+400", "1E+400"), ("12345678901234567890123", "12345678901234567890123"),
    ("\"\"", "\"\""), ("[]", "[]"), ("{}", "{}"), ("[ ]", "[]"), ("{\t}", "{}"),
    ("[1 , 2]", "[1,2]"), ("{\"a\" : {\"b\" : [ ] } }", "{\"a\":{\"b\":[]}}"),
    ("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"), ("\"\\ud800\"", "\"\\ud800\""),
    ("\"\\u00E9\\/\\b\"", "\"\\u00E9\\/\\b\""), ("\"\u{7F}\u{2028}😀\"", "\"\u{7F}\u{2028}😀\""),
    ("\u{FEFF}[1]", "[1]"), ("[\"a , b\" , \"c\\\" ]\"]", "[\"a , b\",\"c\\\" ]\"]"),
]

/// Texts that it does not allow, the rule that they break, and where.
private let invalid: [(text: String, code: JSONError.Code, offset: Int)] = [
    ("", .unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2),
    ("[1,", .unexpectedEnd, 3), ("{\"a\"", .unexpectedEnd, 4), ("{\"a\":", .unexpectedEnd, 5),
    ("\"abc", .unexpectedEnd, 4), ("\"abc\\", .unexpectedEnd, 5), ("\"\\u12", .unexpectedEnd, 5),
    ("tru", .unexpectedEnd, 3), ("-", .unexpectedEnd, 1), ("1.", .unexpectedEnd, 2),
    ("1e", .unexpectedEnd, 2),
    ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("{\"a\":1,}", .unexpectedByte, 7),
    ("{a:1}", .unexpectedByte, 1), ("{\"a\" 1}", .unexpectedByte, 5), ("{\"a\",1}", .unexpectedByte, 4),
    ("{1:2}", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3), ("[1}", .unexpectedByte, 2),
    ("{\"a\":1]", .unexpectedByte, 6), ("]", .unexpectedByte, 0), ("'a'", .unexpectedByte, 0),
    ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0), ("nul1", .unexpectedByte, 3),
    ("True", .unexpectedByte, 0),
    ("// a\n1", .unexpectedByte, 0), ("\u{A0}1", .unexpectedByte, 0), ("[1\u{0C}]", .unexpectedByte, 2),
    ("01", .trailingBytes, 1), ("1 2", .trailingBytes, 2), ("{}x", .trailingBytes, 2),
    ("0x1", .trailingBytes, 1),
    ("1.a", .invalidNumber, 2), ("-a", .invalidNumber, 1), ("1e+]", .invalidNumber, 3),
    ("[1.]", .invalidNumber, 3),
    ("NaN", .notFinite, 0), ("[Infinity]", .notFinite, 1), ("{\"a\":-Infinity}", .notFinite, 5),
    ("\"a\nb\"", .invalidString, 2), ("\"\u{0}\"", .invalidString, 1), ("\"\\x\"", .invalidEscape, 2),
    ("\"\\u12g4\"", .invalidEscape, 5), ("\"\\'\"", .invalidEscape, 2),
]

/// Bytes inside a string that are not UTF-8, and where the first bad sequence starts.
private let notUTF8: [(bytes: [UInt8], offset: Int)] = [
    ([0x80], 1), ([0xC0, 0xAF], 1), ([0xC1, 0xBF], 1), ([0xC3], 1), ([0xE0, 0x9F, 0xBF], 1),
    ([0xED, 0xA0, 0x80], 1),
    ([0xE8, 0xA8], 1), ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xF4, 0x90, 0x80, 0x80], 1),
    ([0xF5, 0x80, 0x80, 0x80], 1),
    ([0xFF], 1), ([0x61, 0xC3, 0xA9, 0xC3, 0x28], 4), ([0xF0, 0x9F, 0x98], 1),
]

@Test(arguments: valid)
func `a valid text is read and keeps its lexemes`(text: String, minified: String) throws {
    let document = try JSONDocument(text)
    #expect(document.bytes == Array(text.utf8))
    #expect(document.root.minified().text == minified)
}

@Test(arguments: invalid)
func `an invalid text is refused with its place`(text: String, code: JSONError.Code, offset: Int) {
    #expect(throws: JSONError(code, offset: offset)) { try JSONDocument(text) }
}

@Test(arguments: notUTF8)
func `bytes that are no UTF-8 are refused with their place`(bytes: [UInt8], offset: Int) {
    #expect(throws: JSONError(.invalidUTF8, offset: offset)) { try JSONDocument([0x22] + bytes + [0x22]) }
}

@Test(arguments: [0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4] as [UInt8])
func `the limits of UTF-8 are those of the standard library`(lead: UInt8) {
    for second: UInt8 in [0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0] {
        for tail in [[], [0x80], [0x80, 0xBF], [0xBF, 0xBF, 0xBF]] as [[UInt8]] {
            let bytes = [lead, second] + tail
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            let isRead = (try? JSONDocument([0x22] + bytes + [0x22])) != nil
            #expect(isRead == isValid, "\(bytes)")
        }
    }
}

@Test func `512 containers are read and one more is refused`() throws {
    func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try JSONDocument(nested(512)).root.count == 1)
    #expect(throws: JSONError(.tooDeep, offset: 512)) { try JSONDocument(nested(513)) }
}

@Test func `the tape of numbers is no larger than four times the text`() throws {
    let text = "[" + Array(repeating: "1", count: 1000).joined(separator: ",") + "]"
    #expect(try JSONDocument(text).root.count == 1000)
    #expect(MemoryLayout<JSONValue>.size == 16)
}

@Test(arguments: 0..<60)
func `minifying a minified text changes nothing`(seed: UInt64) throws {
    var random = Seeded(seed)
    let value = RandomValue.make(&random)
    var speller = Speller(random: random)
    let once = try JSONDocument(speller.text(of: value)).root.minified()
    #expect(try JSONDocument(once).root.minified() == once)
}

@Test func `minifying can leave out members of the outermost object only`() throws {
    let root = try JSONDocument(#"{ "id": 1, "a": {"id": 2}, "\u0069d": 3 }"#).root
    #expect(root.minified(dropping: ["id"]).text == #"{"a":{"id":2}}"#)
    #expect(minified(root).text == #"{"id":1,"a":{"id":2},"\u0069d":3}"#)
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
