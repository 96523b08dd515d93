import Testing

@testable import Report

struct WidthTests {
    @Test(arguments: [
        ("ada", 3), ("旅行", 4), ("한국", 4), ("é", 1), ("e\u{301}", 1), ("🌙", 2), ("👩‍🚀", 2), ("❤️", 2), ("ﾊﾝ", 2),
        ("a\u{200B}b", 2), ("", 0), ("Ada · 5", 7), ("🇮🇹", 2),
    ])
    func `a text takes its columns`(_ text: String, _ width: Int) { #expect(DisplayWidth.of(text) == width) }

    @Test(arguments: [
        ("one two three", 8, ["one two", "three"]), ("abcdefghij", 8, ["abcdefgh", "ij"]), ("", 8, [""]),
        ("旅行の思い出", 8, ["旅行の思", "い出"]), ("a   b", 8, ["a b"]),
        ("in /a/long/path", 8, ["in", "/a/long/path"]),
    ])
    func `lines break where they must`(_ text: String, _ width: Int, _ lines: [String]) {
        #expect(Wrap.lines(text, width: width) == lines)
    }
}
