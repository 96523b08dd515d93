/// A word of a command that somebody is told to type.
public enum ShellWord {
    /// As one word of a shell, in quotes only where it needs them.
    public static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./:@=+,%#".contains($0) }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
