/// Expected lines with wildcards: `[..]` stands for anything within a line,
/// a line `[...]` for any number of lines.
enum Golden {
    static func matches(_ expected: [String], _ found: [String]) -> Bool {
        matches(expected[...], found[...])
    }

    private static func matches(_ expected: ArraySlice<String>, _ found: ArraySlice<String>) -> Bool {
        guard let first = expected.first else { return found.isEmpty }
        if first == "[...]" {
            return (0...found.count).contains { matches(expected.dropFirst(), found.dropFirst($0)) }
        }
        guard let line = found.first, matches(first, line) else { return false }
        return matches(expected.dropFirst(), found.dropFirst())
    }

    static func matches(_ pattern: String, _ line: String) -> Bool {
        let parts = pattern.split(separator: "[..]", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == line }
        guard line.hasPrefix(first), line.count >= first.count + last.count else { return false }
        var rest = line.dropFirst(first.count)
        guard rest.hasSuffix(last) else { return false }
        rest = rest.dropLast(last.count)
        for part in parts.dropFirst().dropLast() {
            guard let hit = rest.firstRange(of: part) else { return false }
            rest = rest[hit.upperBound...]
        }
        return true
    }

    /// The lines of a text; a text that ends in no newline says so.
    static func lines(_ text: String) -> [String] {
        guard !text.isEmpty else { return [] }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return text.hasSuffix("\n") ? lines.dropLast() : lines + ["[no newline at the end]"]
    }

    /// Like the old lines where these still hold, so that a new recording
    /// keeps its wildcards.
    static func recorded(_ found: [String], keeping expected: [String]) -> [String] {
        if matches(expected, found) { return expected }
        let patterns = expected.filter { $0.contains("[..]") }
        var lines = found.map { line in patterns.first { matches($0, line) } ?? line }
        for place in expected.indices where expected[place] == "[...]" {
            let before = place > 0 ? expected[place - 1] : nil
            let after = place + 1 < expected.count ? expected[place + 1] : nil
            fold(&lines, after: before, until: after)
        }
        return lines
    }

    /// The lines between two that are known become `[...]` again.
    private static func fold(_ lines: inout [String], after before: String?, until after: String?) {
        let start = before.map { known in lines.firstIndex { matches(known, $0) }.map { $0 + 1 } } ?? 0
        guard let start else { return }
        let end = after.map { known in lines[start...].firstIndex { matches(known, $0) } } ?? lines.count
        if let end { lines.replaceSubrange(start..<end, with: ["[...]"]) }
    }
}
