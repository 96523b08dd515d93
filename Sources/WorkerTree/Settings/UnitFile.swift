/// The lines of a systemd unit that say how a program starts.
struct UnitFile: Equatable {
    var workFolder: String?
    /// Words of `ExecStart=` and its like, joined.
    var commands: [String] = []
    /// `Environment=`, in order.
    var environment: [ShellAssignments.Assignment] = []
    /// `EnvironmentFile=`; a `-` before the path is taken off.
    var environmentFiles: [(path: String, line: Int)] = []

    static func == (left: UnitFile, right: UnitFile) -> Bool {
        left.workFolder == right.workFolder && left.commands == right.commands
            && left.environment == right.environment
            && left.environmentFiles.map(\.path) == right.environmentFiles.map(\.path)
    }

    /// - Parameter home: for `%h`.
    init(_ text: String, home: String?) {
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
            take(pending + line, start, home)
            pending = ""
        }
    }

    private mutating func take(_ line: String, _ number: Int, _ home: String?) {
        guard let equals = line.firstIndex(of: "=") else { return }
        let key = line[..<equals].filter { $0 != " " }
        let text = line[line.index(after: equals)...].drop { $0 == " " }
        let value = home.map { String(text.replacing("%h", with: $0)) } ?? String(text)
        switch key {
        case "WorkingDirectory": workFolder = String(value.drop { $0 == "-" })
        case "ExecStart", "ExecStartPre", "ExecStartPost": commands.append(value)
        case "Environment": addEnvironment(value, number)
        case "EnvironmentFile":
            if value.isEmpty {
                environmentFiles = []
            } else {
                environmentFiles.append((String(value.drop { $0 == "-" }), number))
            }
        default: break
        }
    }

    /// An empty line takes back what was said before.
    private mutating func addEnvironment(_ value: String, _ number: Int) {
        if value.isEmpty { environment = [] }
        for word in ShellAssignments.words(value) {
            guard let pair = ShellAssignments.pair(word) else { continue }
            environment.append(.init(key: pair.0, text: pair.1, line: number, isExported: true))
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
