/// What a shell would know at one moment.
struct ShellState {
    /// Something that is set, and where.
    struct Entry: Equatable {
        var key: String
        var text: String
        var path: String
        var line: Int
    }

    var folder: String
    /// A `cd` or whoever starts it says so; otherwise it is a guess.
    var folderIsKnown: Bool
    /// `$0`, `$1` …
    var arguments: [String]
    /// The file that is read now, which `$BASH_SOURCE` names.
    var path: String
    let home: String?
    var exportsAll = false
    private var values: [String: Entry] = [:]
    private(set) var exported: Set<String> = []
    /// Everything that was put into the environment, in order.
    private(set) var entries: [Entry] = []

    /// - Parameter path: of the script.
    init(path: String, folder: String, folderIsKnown: Bool, home: String?) {
        self.path = path
        self.folder = folder
        self.folderIsKnown = folderIsKnown
        self.home = home
        arguments = [path]
    }

    mutating func set(_ entry: Entry, isExported: Bool = false) {
        values[entry.key] = entry
        guard isExported || exportsAll || exported.contains(entry.key) else { return }
        exported.insert(entry.key)
        entries.append(entry)
    }

    mutating func export(_ key: String) {
        if let entry = values[key], entries.last(where: { $0.key == key }) != entry { entries.append(entry) }
        exported.insert(key)
    }

    mutating func unset(_ key: String) {
        values[key] = nil
        exported.remove(key)
        entries.removeAll { $0.key == key }
    }

    /// An environment of its own begins.
    mutating func clear() {
        entries = []
        exported = []
    }

    /// What a program that it starts has: no variables but those exported.
    func child(_ path: String, _ arguments: [String]) -> ShellState {
        var state = self
        state.path = path
        state.arguments = [path] + arguments
        state.exportsAll = false
        state.values = values.filter { exported.contains($0.key) }
        return state
    }

    mutating func go(to place: String) {
        guard !place.contains("$"), !place.contains("`") else { return }
        folder = Paths.resolved(expandingHome(place), in: folder)
        folderIsKnown = true
    }

    func expandingHome(_ text: String) -> String {
        guard text == "~" || text.hasPrefix("~/"), let home else { return text }
        return home + text.dropFirst()
    }

    /// nil for one that nobody knows.
    func value(_ name: String) -> String? {
        if let number = Int(name) { return arguments.indices.contains(number) ? arguments[number] : nil }
        if let entry = values[name] { return entry.text }
        switch name {
        case "HOME": return home
        case "PWD": return folder
        case "BASH_SOURCE", "BASH_SOURCE[0]": return path
        // As they are called everywhere, however they are come by.
        case "SCRIPT_DIR", "DIR", "HERE": return Paths.parent(path)
        default: return nil
        }
    }
}

/// A word as a shell would have it. What is not known without running it
/// stays as it is written.
struct ShellExpansion {
    let state: ShellState
    private var rest: Substring
    /// Of `$( … )` in `$( … )`.
    private let depth: Int

    static func of(_ raw: String, in state: ShellState, depth: Int = 0) -> String {
        var expansion = ShellExpansion(state: state, rest: state.expandingHome(raw)[...], depth: depth)
        return expansion.word()
    }

    /// An unquoted variable may be several words.
    static func words(_ raw: String, in state: ShellState) -> [String] {
        let text = of(raw, in: state)
        let isSplit =
            raw.contains("$") && !raw.contains { "\"'`(".contains($0) } && ShellAssignments.pair(raw) == nil
        return isSplit ? text.split(whereSeparator: \.isWhitespace).map(String.init) : [text]
    }

    private mutating func word() -> String {
        var result = ""
        while let next = rest.popFirst() {
            switch next {
            case "'": result += through("'")
            case "\"": result += doubled()
            case "\\": if let escaped = rest.popFirst() { result.append(escaped) }
            case "`": result += substituted(through("`"), "`", "`")
            case "$": result += dollar()
            default: result.append(next)
            }
        }
        return result
    }

    private mutating func through(_ mark: Character) -> String {
        let text = rest.prefix { $0 != mark }
        rest = rest[text.endIndex...].dropFirst()
        return String(text)
    }

    private mutating func doubled() -> String {
        var result = ""
        while let next = rest.popFirst(), next != "\"" {
            switch next {
            case "\\":
                if let escaped = rest.first, "\"\\$`".contains(escaped) {
                    result.append(escaped)
                    rest = rest.dropFirst()
                } else {
                    result.append(next)
                }
            case "`": result += substituted(through("`"), "`", "`")
            case "$": result += dollar()
            default: result.append(next)
            }
        }
        return result
    }

    // MARK: Variables

    private mutating func dollar() -> String {
        switch rest.first {
        case "(":
            rest = rest.dropFirst()
            return substituted(nested("(", ")"), "$(", ")")
        case "{":
            rest = rest.dropFirst()
            let inner = nested("{", "}")
            return braced(inner) ?? "${\(inner)}"
        default:
            let name = rest.prefix { $0 == "_" || $0.isLetter || $0.isNumber }
            let isNumber = name.first?.isNumber == true
            let key = isNumber ? String(name.prefix(1)) : String(name)
            guard !key.isEmpty, let value = state.value(key) else { return "$" }
            rest = rest.dropFirst(key.count)
            return value
        }
    }

    /// `NAME`, `NAME:-other`, `NAME%/*`.
    private func braced(_ inner: String) -> String? {
        if let value = state.value(inner) { return value }
        let name = inner.prefix { $0 == "_" || $0.isLetter || $0.isNumber || "[]".contains($0) }
        let rule = inner.dropFirst(name.count)
        for mark in [":-", "-", ":=", "="] where rule.hasPrefix(mark) {
            if let value = state.value(String(name)), !value.isEmpty { return value }
            return Self.of(String(rule.dropFirst(mark.count)), in: state, depth: depth + 1)
        }
        if rule == "%/*" { return state.value(String(name)).map { Paths.parent($0) } }
        return nil
    }

    // MARK: Commands in words

    /// What stands before the mark that ends it.
    private mutating func nested(_ open: Character, _ close: Character) -> String {
        var depth = 1
        var inner = ""
        while let next = rest.popFirst() {
            if next == open { depth += 1 }
            if next == close { depth -= 1 }
            if depth == 0 { break }
            inner.append(next)
        }
        return inner
    }

    private func substituted(_ inner: String, _ open: String, _ close: String) -> String {
        (depth < 4 ? answer(inner) : nil) ?? open + inner + close
    }

    /// Of the few commands that scripts ask for their own place.
    private func answer(_ inner: String) -> String? {
        var state = state
        var last: String?
        for case .command(let raw) in ShellText.items(inner) {
            let words = raw.map { Self.of($0.raw, in: state, depth: depth + 1) }
                .filter { !$0.hasPrefix("-") && !$0.contains("$") }
            guard let name = words.first else { return nil }
            switch (name, words.dropFirst().first) {
            case ("cd", let place?): state.go(to: place)
            case ("pwd", nil): last = state.folder
            case ("dirname", let path?):
                last = path.contains("/") ? Paths.parent(path) : "."
            case ("basename", let path?): last = Paths.name(path)
            case ("realpath", let path?), ("readlink", let path?):
                last = Paths.resolved(path, in: state.folder)
            default: return nil
            }
        }
        return last
    }
}
