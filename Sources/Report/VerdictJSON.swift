import LettaModel
public import LosslessJSON
public import Verify

extension Verdict {
    /// `ferry.verdict/1`.
    public func json(_ excerpts: Excerpts = .differences) -> JSONNode {
        [
            "schema": "ferry.verdict/1",
            "agent": .string(subject),
            "target": [
                "name": .string(target.name), "url": .string(target.url), "project": .text(target.project),
            ],
            "outcome": .string(outcome.word),
            "sentence": .string(sentence),
            "kinds": .array(kinds.map(\.json)),
            "timeline": .array((result(of: .messages)?.months ?? []).map(\.json)),
            "announced": .array(announced.map { $0.json(excerpts) }),
            "differences": .array(differences.map { $0.json(excerpts) }),
            "checklist": .array(checklist.map(\.json)),
        ]
    }
}

extension Verdict.Outcome {
    var word: String {
        switch self {
        case .identical: "identical"
        case .announced: "announced"
        case .different: "different"
        }
    }
}

extension KindResult {
    var json: JSONNode {
        [
            "kind": .string(kind.rawValue), "expected": .int(expected), "found": .int(found),
            "equal": .int(equal),
            "announced": .int(announced.count), "differing": .int(differing), "method": .string(method),
        ]
    }
}

extension MonthTally {
    var json: JSONNode {
        ["month": .string(month), "expected": .int(expected), "found": .int(found)]
    }
}

extension AnnouncedChange {
    func json(_ excerpts: Excerpts) -> JSONNode {
        var node: JSONNode = ["item": .string(item), "rule": .string(rule)]
        if excerpts == .all {
            node["before"] = .string(before)
            node["after"] = .string(after)
        }
        return node
    }
}

extension Difference {
    func json(_ excerpts: Excerpts) -> JSONNode {
        [
            "kind": .string(kind.rawValue), "damage": .string(damage.rawValue), "item": .string(item),
            "what": .string(what), "fields": .array(fields.map { $0.json(excerpts) }),
        ]
    }
}

extension FieldDifference {
    func json(_ excerpts: Excerpts) -> JSONNode {
        var node: JSONNode = ["path": .string(path)]
        if excerpts != .none {
            node["expected"] = .text(expected)
            node["found"] = .text(found)
        }
        return node
    }
}

extension CheckLine {
    var json: JSONNode {
        var node: JSONNode = [
            "check": .string(check.rawValue), "status": .string(status.word), "evidence": .string(evidence),
        ]
        switch status {
        case .notApplicable(let reason): node["reason"] = .string(reason)
        case .notRun(let command): node["command"] = .string(command)
        case .ok, .failed: break
        }
        return node
    }
}

extension CheckLine.Status {
    var word: String {
        switch self {
        case .ok: "ok"
        case .failed: "failed"
        case .notApplicable: "not applicable"
        case .notRun: "not run"
        }
    }
}
