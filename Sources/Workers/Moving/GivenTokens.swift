import WorkerTree

/// Lines that give a channel's token in files which no shell, dotenv or systemd
/// reads: of compose, pm2's ecosystem, supervisor, another shell. Ferry cannot
/// take it out of them.
enum GivenTokens {
    static let limit = 1 << 20
    private static let endings = [
        ".yml", ".yaml", ".toml", ".conf", ".ini", ".fish", ".csh", ".nix", ".plist",
    ]
    private static let names = ["Procfile", "Dockerfile", "Makefile"]
    private static let left: Set<FileClass> = [.cache, .log, .state, .junk, .backup, .volatile, .special]

    static func mayGive(_ file: TreeFile) -> Bool {
        guard file.shape == .file, file.bytes <= limit, !left.contains(file.class),
            let name = file.path.split(separator: "/").last.map(String.init)
        else { return false }
        return names.contains(name) || name.hasPrefix("ecosystem.config.")
            || endings.contains { name.hasSuffix($0) }
    }

    /// The line that gives the key a value of its own, from 1; nil where none does.
    static func line(of key: String, in bytes: [UInt8]) -> Int? {
        guard !bytes.contains(0) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return lines.firstIndex { gives($0, key) }.map { $0 + 1 }
    }

    private static func gives(_ line: Substring, _ key: String) -> Bool {
        let words = line.drop(while: \.isWhitespace)
        guard !["#", ";", "//", "/*"].contains(where: { words.hasPrefix($0) }) else { return false }
        return words.ranges(of: key).contains { place in
            if place.lowerBound > words.startIndex {
                let before = words[words.index(before: place.lowerBound)]
                guard !before.isLetter, !before.isNumber, !"_$.{".contains(before) else { return false }
            }
            let rest = words[place.upperBound...]
            let value = rest.drop { " \t'\":=,".contains($0) }
            guard value.startIndex > rest.startIndex, let first = value.first else { return false }
            // A variable, or a call, gives what is set elsewhere.
            return !"$#{}[]()<>&|;!?*+-".contains(first)
                && !["process.env", "null", "~"].contains { value.hasPrefix($0) }
        }
    }
}
