/// A word of a command that somebody is told to type.
public enum ShellWord {
    /// As one word of a POSIX shell, in quotes only where it needs them.
    public static func quoted(_ word: String) -> String {
        // A `#` begins a comment, a `~` a home folder, and in zsh a `=` a path.
        let isPlain =
            word.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=@+,%#".contains($0) }
            && !word.hasPrefix("#") && !word.hasPrefix("=")
        return isPlain && !word.isEmpty ? word : inQuotes(word)
    }

    /// In quotes, whatever it is: taken literally.
    public static func inQuotes(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
