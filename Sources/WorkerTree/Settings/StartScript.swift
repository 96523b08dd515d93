/// What can be told of a shell script without running it: where it goes,
/// which files it reads, what it exports.
struct StartScript: Equatable {
    var workFolder: String?
    var exports: [ShellAssignments.Assignment] = []
    var reads: [Read] = []
    let text: String

    struct Read: Equatable {
        var path: String
        var line: Int
        /// `export $(grep … FILE | xargs)`.
        var splitsAtSpaces: Bool
        /// `set -a`, or the splitting form: every key is exported.
        var exportsAll: Bool
    }

    /// - Parameter folder: where the script lies.
    init(_ text: String, folder: String, home: String?) {
        self.text = text
        var place = folder
        var exportsAll = false
        var known = ["SCRIPT_DIR": folder, "DIR": folder, "HERE": folder]
        if let home { known["HOME"] = home }
        for (index, line) in ShellAssignments.lines(text).enumerated() {
            let words = ShellAssignments.words(line, known)
            for (position, word) in words.enumerated() where position + 1 < words.count {
                let next = words[position + 1]
                switch word {
                case "cd" where Self.isCommand(words, position) && !next.contains("$"):
                    place = Paths.resolved(Self.expanded(next, home), in: place)
                    workFolder = place
                case "set" where next == "-a" || next == "-o": exportsAll = true
                case "set" where next == "+a": exportsAll = false
                case ".", "source":
                    if Self.isCommand(words, position), !next.contains("$") {
                        reads.append(
                            Read(
                                path: Paths.resolved(Self.expanded(next, home), in: place), line: index + 1,
                                splitsAtSpaces: false, exportsAll: exportsAll))
                    }
                default: break
                }
            }
            if let path = Self.splitFile(words) {
                reads.append(
                    Read(
                        path: Paths.resolved(Self.expanded(path, home), in: place), line: index + 1,
                        splitsAtSpaces: true, exportsAll: true))
            }
            for item in ShellAssignments.of(line, variables: known) {
                known[item.key] = item.text
                guard item.isExported || exportsAll || Self.isPrefix(words) else { continue }
                exports.append(.init(key: item.key, text: item.text, line: index + 1, isExported: true))
            }
        }
    }

    private static func isCommand(_ words: [String], _ position: Int) -> Bool {
        position == 0 || ["&", ";", "|", "(", "&&", "then", "do"].contains(words[position - 1])
    }

    /// `KEY=value program …`: set for that program.
    private static func isPrefix(_ words: [String]) -> Bool {
        let rest = words.drop { ShellAssignments.pair($0) != nil }
        return rest.count < words.count && !rest.isEmpty && rest.first != "export"
    }

    /// The file of `export $(grep -v '^#' FILE | xargs)`, or of `cat FILE`.
    private static func splitFile(_ words: [String]) -> String? {
        guard words.first == "export", words.contains("xargs"), let pipe = words.firstIndex(of: "|"), pipe > 0
        else { return nil }
        let file = words[pipe - 1]
        return file.contains("$") || file.hasPrefix("-") ? nil : file
    }

    private static func expanded(_ path: String, _ home: String?) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home else { return path }
        return home + path.dropFirst()
    }
}
