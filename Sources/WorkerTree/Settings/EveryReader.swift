/// A text as each program takes it that may read a worker's settings.
public enum EveryReader {
    /// What dotenv, a shell, `export $(… | xargs)` and systemd find set, as unit
    /// and as `EnvironmentFile=`; values before variables are filled in. Empty
    /// for bytes that are no text.
    public static func assignments(_ bytes: [UInt8]) -> [(key: String, text: String)] {
        guard let file = try? EnvFile(bytes) else { return [] }
        let dotenv = file.bindings.compactMap { binding in
            binding.key.flatMap { key in binding.value.map { (key: key, text: $0) } }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let lines =
            ShellAssignments.of(text) + ShellAssignments.split(text) + UnitFile.assignments(text)
        return dotenv + lines.map { (key: $0.key, text: $0.text) }
            + UnitFile(text, home: nil).environment.map { (key: $0.key, text: $0.text) }
    }
}
