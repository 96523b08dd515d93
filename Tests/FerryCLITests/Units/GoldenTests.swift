import Testing

@Suite struct GoldenTests {
    @Test(arguments: [
        ("one", "one"), ("[..]", ""), ("a[..]c", "abc"), ("a[..]c", "ac"), ("[..]b[..]", "abc"),
        ("a[..]", "a"),
    ])
    func `a pattern matches its line`(pattern: String, line: String) {
        #expect(Golden.matches(pattern, line))
    }

    @Test(arguments: [
        ("one", "two"), ("a[..]c", "a"), ("ab[..]bc", "abc"), ("[..]x[..]", "abc"), ("a", "a "),
    ])
    func `a pattern does not match another line`(pattern: String, line: String) {
        #expect(!Golden.matches(pattern, line))
    }

    @Test func `a line of dots stands for any number of lines`() {
        #expect(Golden.matches(["[...]"], []))
        #expect(Golden.matches(["a", "[...]", "d"], ["a", "b", "c", "d"]))
        #expect(!Golden.matches(["a", "[...]", "d"], ["a", "b", "c"]))
        #expect(!Golden.matches(["a"], ["a", "b"]))
    }

    @Test func `a new recording keeps what still holds`() {
        #expect(Golden.recorded(["x 1", "y"], keeping: ["x [..]", "z"]) == ["x [..]", "y"])
        #expect(Golden.recorded(["x 1", "y"], keeping: ["[...]"]) == ["[...]"])
    }

    @Test func `a new recording keeps the lines that stand for many`() {
        #expect(
            Golden.recorded(["a", "1", "2", "d", "new"], keeping: ["a", "[...]", "d"]) == [
                "a", "[...]", "d", "new",
            ])
        #expect(Golden.recorded(["new", "1"], keeping: ["a", "[...]"]) == ["new", "1"])
    }

    @Test func `a text without a last newline shows it`() {
        #expect(Golden.lines("a\nb\n") == ["a", "b"])
        #expect(Golden.lines("a") == ["a", "[no newline at the end]"])
        #expect(Golden.lines("").isEmpty)
    }

    @Test func `a script is read and written without a difference`() throws {
        let text = "# t\n\nserver a ada rows=3\nfile f\n| one\n|\n! ferry x\nexit 2\n1| o\n2| e\n2|\n\n$ ls\n"
        let script = try Script(text)
        #expect(script.title == "t")
        #expect(script.rewritten([["exit 2", "1| o", "2| e", "2|"], []]) == text)
    }

    @Test func `a line that means nothing is an error`() {
        #expect(throws: Script.Unreadable.self) { try Script("# t\nferry help\n") }
    }
}
