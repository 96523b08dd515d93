/// Where a text names files that set a worker's agent, in whatever language:
/// `source <(… FILE)`, `docker run --env-file FILE`, `env_file: FILE`, `cp FILE .env`.
enum SettingFiles {
    struct Named: Equatable {
        var path: String
        var line: Int
    }

    /// Programs in other languages find their files by themselves.
    static func isNaming(_ path: String) -> Bool {
        let name = Paths.name(path)
        let others = [".py", ".js", ".json", ".css", ".ts", ".txt", ".db", ".env", "env.smcp", "env.paths"]
        return name.hasPrefix("ecosystem.config.") || !others.contains { name.hasSuffix($0) }
    }

    /// - Parameters
    ///   - folders: in which a relative name may begin.
    ///   - files: those that are looked for.
    static func all(in text: [UInt8], from folders: [String], _ files: Set<String>) -> [Named] {
        let names = Set(files.map { Paths.name($0) })
        guard names.contains(where: { !NeedleSearch.starts(of: Array($0.utf8), in: text).isEmpty }) else {
            return []
        }
        let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        var place: String?
        return lines.enumerated().flatMap { index, bytes -> [Named] in
            let line = String(decoding: bytes, as: UTF8.self)
            place = Self.place(after: line, from: place)
            let words = line.split { $0.isWhitespace || "\"'`=<>();,|&[]{}".contains($0) }.filter {
                names.contains(Paths.name(String($0))) && !$0.contains("$")
                    && !AgentAssignments.isComment(String(line[..<$0.startIndex]))
            }
            let paths = words.flatMap { word -> [String] in
                // Where the shell has gone, if such a file is there.
                let there = place.map { Paths.resolved(String(word), in: $0) }
                if let there, files.contains(there) { return [there] }
                return folders.map { Paths.resolved(String(word), in: $0) }
            }
            return Set(paths).intersection(files).sorted().map { Named(path: $0, line: index + 1) }
        }
    }

    /// The folder that the line's `cd` goes to; nil where nobody can say.
    private static func place(after line: String, from before: String?) -> String? {
        let words = line.split { $0.isWhitespace || "\"';&|(){}".contains($0) }
        guard let last = words.lastIndex(of: "cd") else { return before }
        guard words.indices.contains(last + 1),
            !AgentAssignments.isComment(String(line[..<words[last].startIndex]))
        else { return nil }
        let folder = String(words[last + 1])
        return folder.hasPrefix("/") && !folder.contains("$") ? folder : nil
    }
}
