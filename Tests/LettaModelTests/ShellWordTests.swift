import LettaModel
import Testing

@Suite struct ShellWordTests {
    @Test(
        arguments: [
            ("/srv/ada", "/srv/ada"), ("user@host:/p", "user@host:/p"), ("FILE#KEY", "FILE#KEY"),
            ("", "''"), ("two words", "'two words'"), ("$HOME", "'$HOME'"), ("it's", "'it'\\''s'"),
            ("~/x", "'~/x'"), ("#x", "'#x'"), ("=x", "'=x'"), ("a;b", "'a;b'"), ("a\nb", "'a\nb'"),
            ("été", "été"),
        ])
    func `a word is in quotes where a shell would read it otherwise`(word: String, shown: String) {
        #expect(ShellWord.quoted(word) == shown)
    }

    @Test func `in quotes is in quotes, whatever the word`() {
        #expect(ShellWord.inQuotes("plain") == "'plain'")
    }
}
