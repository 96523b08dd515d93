import Glibc
import LettaModel
import Migration

/// Fetches a token from where the config says it is. The value is held in a
/// `Secret` from here on.
struct TokenReader {
    let environment: [String: String]

    func token(of entry: ServerEntry) throws -> Secret? {
        switch entry.token {
        case nil: nil
        case .environment(let variable): try fromEnvironment(variable, entry)
        case .file(let path): try fromFile(path, entry)
        case .command(let command): try fromCommand(command, entry)
        }
    }

    private func fromEnvironment(_ variable: String, _ entry: ServerEntry) throws -> Secret {
        let value = Self.trimmed(environment[variable] ?? "")
        guard !value.isEmpty else {
            throw missing(
                entry, "the environment variable \(variable) is not set", "set it: export \(variable)=…")
        }
        return Secret(value)
    }

    private func fromFile(_ path: String, _ entry: ServerEntry) throws -> Secret {
        let parts = Self.pathAndKey(path)
        let text = String(decoding: try PrivateFile.read(parts[0], upTo: 1 << 20), as: UTF8.self)
        guard parts.count == 2 else {
            let token = Self.trimmed(text)
            guard !token.isEmpty else { throw missing(entry, "\(path) is empty", "write the token into it") }
            return Secret(token)
        }
        for line in text.split(whereSeparator: \.isNewline) {
            let pair = line.split(separator: "=", maxSplits: 1).map { Self.trimmed(String($0)) }
            if pair.count == 2, pair[0] == parts[1] || pair[0] == "export " + parts[1] {
                return Secret(Self.unquoted(pair[1]))
            }
        }
        throw missing(entry, "\(parts[0]) has no line \(parts[1])=…", "name the right key after the #")
    }

    /// The key stands behind the last `#`; a `#` of a folder's name is none.
    private static func pathAndKey(_ path: String) -> [String] {
        guard let mark = path.lastIndex(of: "#") else { return [path] }
        let key = path[path.index(after: mark)...]
        return key.isEmpty || key.contains("/") ? [path] : [String(path[..<mark]), String(key)]
    }

    private func fromCommand(_ command: String, _ entry: ServerEntry) throws -> Secret {
        guard let pipe = popen(command, "r") else {
            throw missing(entry, "its token command cannot be started", "try it by hand")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = fread(&chunk, 1, chunk.count, pipe)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        let status = pclose(pipe)
        let token = Self.trimmed(String(decoding: bytes, as: UTF8.self))
        guard status == 0, !token.isEmpty else {
            throw missing(entry, "its token command failed or printed nothing", "try it by hand")
        }
        return Secret(token)
    }

    private func missing(_ entry: ServerEntry, _ reason: String, _ remedy: String) -> Failure {
        Failure(.tokenMissing, subject: entry.name, reason: reason, remedy: remedy)
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, let first = text.first, first == text.last, first == "\"" || first == "'"
        else {
            return text
        }
        return String(text.dropFirst().dropLast())
    }
}
