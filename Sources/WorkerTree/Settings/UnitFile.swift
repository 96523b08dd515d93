/// The lines of a systemd unit that say how a program starts.
struct UnitFile: Equatable {
    var workFolder: String?
    /// Words of `ExecStart=` and its like, joined.
    var commands: [String] { commandLines.map(\.text) }
    private(set) var commandLines: [Command] = []
    /// `Environment=`, in order.
    private(set) var environment: [Variable] = []
    /// `EnvironmentFile=`; a `-` before the path is taken off.
    var environmentFiles: [(path: String, line: Int)] = []

    struct Command: Equatable {
        var text: String
        var path: String
        var line: Int
    }

    struct Variable: Equatable {
        var key: String
        var text: String
        /// The unit's file or a drop-in of it.
        var path: String
        var line: Int
    }

    static func == (left: UnitFile, right: UnitFile) -> Bool {
        left.workFolder == right.workFolder && left.commands == right.commands
            && left.environment == right.environment
            && left.environmentFiles.map(\.path) == right.environmentFiles.map(\.path)
    }

    init(_ text: String, home: String?) { self.init([(path: "", text: text)], home: home) }

    /// - Parameters:
    ///   - parts: the unit's own file, then its drop-ins in systemd's order.
    ///   - home: for `%h`.
    ///   - instance: for `%i`, of a template.
    init(_ parts: [(path: String, text: String)], home: String?, instance: String? = nil) {
        for part in parts {
            var text = part.text
            if let home { text = text.replacing("%h", with: home) }
            if let instance { text = text.replacing("%i", with: instance).replacing("%I", with: instance) }
            add(text, of: part.path)
        }
    }

    private mutating func add(_ text: String, of path: String) {
        var pending = ""
        var start = 0
        for (index, raw) in ShellAssignments.lines(text).enumerated() {
            let line = String(raw.drop { $0 == " " || $0 == "\t" })
            if pending.isEmpty {
                start = index + 1
                if line.hasPrefix("#") || line.hasPrefix(";") { continue }
            }
            if line.hasSuffix("\\") {
                pending += line.dropLast() + " "
                continue
            }
            take(pending + line, path, start)
            pending = ""
        }
    }

    /// An empty value takes back what was said before.
    private mutating func take(_ line: String, _ path: String, _ number: Int) {
        guard let equals = line.firstIndex(of: "=") else { return }
        let key = line[..<equals].filter { $0 != " " }
        let value = String(line[line.index(after: equals)...].drop { $0 == " " })
        switch key {
        case "WorkingDirectory": workFolder = String(value.drop { $0 == "-" })
        case "ExecStart" where value.isEmpty: commandLines = []
        case "ExecStart", "ExecStartPre", "ExecStartPost":
            commandLines.append(Command(text: value, path: path, line: number))
        case "Environment": addEnvironment(value, path, number)
        case "EnvironmentFile":
            if value.isEmpty {
                environmentFiles = []
            } else {
                environmentFiles.append((String(value.drop { $0 == "-" }), number))
            }
        default: break
        }
    }

    private mutating func addEnvironment(_ value: String, _ path: String, _ number: Int) {
        if value.isEmpty { environment = [] }
        for word in ShellAssignments.words(value) {
            guard let pair = ShellAssignments.pair(word) else { continue }
            environment.append(Variable(key: pair.0, text: pair.1, path: path, line: number))
        }
    }

    /// A file of `EnvironmentFile=`: comments are whole lines only.
    static func assignments(_ text: String) -> [ShellAssignments.Assignment] {
        ShellAssignments.lines(text).enumerated().compactMap { index, raw in
            let line = String(raw.drop { $0 == " " || $0 == "\t" })
            guard !line.hasPrefix("#"), !line.hasPrefix(";"), let equals = line.firstIndex(of: "=") else {
                return nil
            }
            let value = unquoted(String(line[line.index(after: equals)...]))
            guard let pair = ShellAssignments.pair(line[..<equals].filter { $0 != " " } + "=" + value)
            else { return nil }
            return .init(key: pair.0, text: pair.1, line: index + 1, isExported: true)
        }
    }

    private static func unquoted(_ text: String) -> String {
        let trimmed = text.drop { $0 == " " || $0 == "\t" }
        var end = trimmed.endIndex
        while end > trimmed.startIndex, " \t".contains(trimmed[trimmed.index(before: end)]) {
            end = trimmed.index(before: end)
        }
        let bare = trimmed[..<end]
        guard let quote = bare.first, bare.count > 1, quote == "'" || quote == "\"", bare.last == quote
        else { return String(bare) }
        let inner = bare.dropFirst().dropLast()
        guard quote == "\"" else { return String(inner) }
        var result = ""
        var rest = inner
        while let next = rest.popFirst() {
            if next == "\\", let escaped = rest.first, "\"\\$`".contains(escaped) {
                result.append(escaped)
                rest = rest.dropFirst()
            } else {
                result.append(next)
            }
        }
        return result
    }
}
