/// The commands of docs/runbook.md, by what its markers say of them.
struct Runbook {
    struct Command: Sendable, Equatable {
        var text: String
        /// With one of these it may end; nil: not tested here.
        var exits: [Int32]?
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
                if isInside, Self.exits(marker) == nil { unmarked.append(line) }
                if !isInside { marker = nil }
            } else if isInside, line.hasPrefix("$ ") {
                commands.append(Command(text: String(line.dropFirst(2)), exits: Self.exits(marker) ?? nil))
            }
        }
    }

    /// Outer nil: no marker that is known.
    private static func exits(_ marker: String?) -> [Int32]?? {
        switch marker {
        case "<!-- runs -->": return .some([0])
        case "<!-- not tested here -->": return .some(nil)
        case let marker?:
            guard let match = marker.firstMatch(of: /^<!-- runs, exit (\d+)(?: or (\d+))? -->$/) else {
                return nil
            }
            return .some([match.1, match.2].compactMap { $0.flatMap { Int32($0) } })
        case nil: return nil
        }
    }
}
