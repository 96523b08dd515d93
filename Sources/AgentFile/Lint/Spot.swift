import LosslessJSON

/// One thing that is wrong with an agent, a block or a tool, before it is
/// known where that stands.
struct Spot {
    let rule: Rule
    /// Below the thing: `name`, `tool_rules[2].type`.
    let key: String
    var detail: String?
    var severity: LintFinding.Severity?
    var isMended: Bool?

    init(
        _ rule: Rule, _ key: String, _ detail: String? = nil, _ severity: LintFinding.Severity? = nil,
        isMended: Bool? = nil
    ) {
        self.rule = rule
        self.key = key
        self.detail = detail
        self.severity = severity
        self.isMended = isMended
    }

    /// - Parameter place: of the thing in the file.
    func finding(_ place: String, line: Int?) -> LintFinding {
        LintFinding(
            rule, key.isEmpty ? place : "\(place).\(key)", line: line, detail: detail, severity: severity,
            isMended: isMended)
    }
}

/// Characters that a server cannot keep, in what is no row.
enum ShellCharacters {
    /// - Parameters:
    ///   - plain: members that the server keeps as JSON or strips itself.
    ///   - own: members that other rules look at.
    static func spots(_ thing: JSONValue, plain: Set<String>, own: Set<String> = []) -> [Spot] {
        thing.members.filter { !own.contains($0.key) }.flatMap { key, value -> [Spot] in
            var spots: [Spot] = []
            if EscapeScan.finds(.nul, in: value.raw) {
                spots.append(Spot(LintRule.shellNUL, key, nil, plain.contains(key) ? .warning : nil))
            }
            if EscapeScan.finds(.loneSurrogate, in: value.raw) {
                spots.append(Spot(LintRule.shellSurrogate, key))
            }
            return spots
        }
    }
}

/// Ids of agents, blocks and tools: a word, a hyphen and an integer.
enum ThingID {
    /// Nil for what an importer refuses. Python's `int` takes a sign.
    static func number(_ id: String, of kind: String) -> Int? {
        id.hasPrefix("\(kind)-") ? Int(id.dropFirst(kind.count + 1)) : nil
    }
}
