import LosslessJSON
import Testing

private func unwrap(_ bytes: [UInt8], size: Int) throws -> String {
    var unwrapper = StringUnwrapper()
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
        output += try unwrapper.feed(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    try unwrapper.finish()
    return output.text
}

private let inner = #"{"a": "caf\u00e9 😀 記 \"\\ \ud83d\ude00", "b": [1.0, "\/"]}"#

@Test(arguments: 1...20)
func `JSON inside a JSON string comes out as it was`(size: Int) throws {
    let wrapped = [0xEF, 0xBB, 0xBF, 0x20] + JSONNode.string(inner).bytes() + Array(" \n".utf8)
    #expect(try unwrap(wrapped, size: size) == inner)
}

@Test(arguments: 1...20)
func `escapes that chunks cut in two are put together`(size: Int) throws {
    let wrapped = Array(#""\u007b\"\ud83d\ude00\":\ud83d\n\ude00\ud83d\ud83d\u0041\ud83d""#.utf8)
    #expect(try unwrap(wrapped, size: size) == "{\"😀\":\\ud83d\n\\ude00\\ud83d\\ud83dA\\ud83d")
}

@Test(arguments: 0..<40)
func `what is unwrapped is what a document decodes`(seed: UInt64) throws {
    var random = Seeded(seed)
    let text = Speller(random: random).plainText(of: .make(&random))
    var speller = Speller(random: random)
    let wrapped = speller.text(of: .string(Array(text.utf16)))
    #expect(try unwrap(Array(wrapped.utf8), size: 1 + random.below(9)) == text)
}

@Test(
    arguments: [
        ("{}", .unexpectedByte, 0), (#""ab"#, .unexpectedEnd, 3), (#""ab\"#, .unexpectedEnd, 4),
        (#""ab" "c""#, .trailingBytes, 5), (#""a\q""#, .invalidEscape, 3), ("\"a\nb\"", .invalidString, 2),
        (#""\u12""#, .invalidEscape, 5), (#""\ud833\udd;3 text""#, .invalidEscape, 11),
        ("", .unexpectedEnd, 0),
    ] as [(String, JSONError.Code, Int)])
func `what is no string is refused with its place`(text: String, code: JSONError.Code, offset: Int) {
    for size in [1, 2, 3, 100] {
        #expect(throws: JSONError(code, offset: offset), "size \(size)") {
            try unwrap(Array(text.utf8), size: size)
        }
    }
}

@Test func `a byte order mark that is cut short is refused at its start`() {
    for size in [1, 2, 100] {
        #expect(throws: JSONError(.unexpectedByte, offset: 0), "size \(size)") {
            try unwrap([0xEF, 0xBB, 0x22, 0x22], size: size)
        }
    }
}

@Test func `bytes that are no UTF-8 are refused in a wrapped text`() {
    for size in [1, 2, 100] {
        #expect(throws: JSONError(.invalidUTF8, offset: 2), "size \(size)") {
            try unwrap([0x22, 0x61, 0xC3, 0x28, 0x22, 0x20, 0x20], size: size)
        }
    }
}

@Test(
    arguments: [
        ([0x20, 0x0A, 0x7B], .object), ([0xEF, 0xBB, 0xBF, 0x5B], .array), ([0x22], .string),
        ([0x2D], .scalar),
        ([0x1F, 0x8B, 0x08], .gzip), ([0x50, 0x4B, 0x03, 0x04], .zip), ([0x28, 0xB5, 0x2F, 0xFD], .zstd),
        ([0x0A, 0x3C, 0x21], .markup), ([0x53, 0x51, 0x4C], .other(0x53)), ([0x20, 0x0A], .blank),
        ([], .blank),
    ] as [([UInt8], TextStart)])
func `the first byte tells what a text is`(bytes: [UInt8], start: TextStart) {
    #expect(TextStart(bytes) == start)
}

extension Speller {
    fileprivate func plainText(of value: RandomValue) -> String {
        var copy = self
        copy.varies = false
        return copy.text(of: value)
    }
}
