/// The commands of docs/runbook.md, by what its markers say of them.
struct Runbook {
    struct Command: Sendable, Equatable {
        var text: String
        /// Nil: not tested here.
        var exit: Int32?
    }

    private(set) var commands: [Command] = []
    /// Fenced blocks without a marker, and markers that say nothing known.
    private(set) var unmarked: [String] = []
    /// What stands in backquotes and begins with `ferry`.
    let mentioned: [String]

    init(_ text: String) {
        mentioned = text.matches(of: /`(ferry [^`\n]+)`/).map { String($0.1) }
        var marker: String?
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("<!-- ") {
                marker = line
            } else if line.hasPrefix("```") {
                isInside.toggle()
                if isInside, Self.exit(marker) == nil { unmarked.append(line) }
                if !isInside { marker = nil }
            } else if isInside, line.hasPrefix("$ ") {
                commands.append(Command(text: String(line.dropFirst(2)), exit: Self.exit(marker) ?? nil))
            }
        }
    }

    /// Outer nil: no marker that is known.
    private static func exit(_ marker: String?) -> Int32?? {
        switch marker {
        case "<!-- runs -->": return .some(0)
        case "<!-- not tested here -->": return .some(nil)
        case let marker?:
            let code = marker.firstMatch(of: /^<!-- runs, exit (\d+) -->$/).flatMap { Int32($0.1) }
            return code.map { .some($0) }
        case nil: return nil
        }
    }
}
