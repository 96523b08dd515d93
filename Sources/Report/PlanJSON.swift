public import LettaModel
public import LosslessJSON
public import Plan

/// The JSON forms of the plan's values; docs/json-output.md has their keys.
extension PlanResult {
    /// `ferry.plan/1`.
    public func json(_ choices: Choices) -> JSONNode {
        [
            "schema": "ferry.plan/1",
            "agent": .object([
                JSONMember(key: "name", value: .string(agentName)),
                JSONMember(key: "type", value: .string(agentType)),
            ]),
            "from": origin.json,
            "to": target.json,
            "choices": choices.json,
            "moves": .array(fidelity.moves.map(\.json)),
            "changes": .array(fidelity.changes.map(\.json)),
            "conversion": fidelity.conversion?.json ?? .null,
            "stays_behind": .array(fidelity.staysBehind.map { $0.json(accepted: choices.accepts($0)) }),
            "needs_you": .array(fidelity.needsYou.map(\.json)),
            "steps": .array(loadPlan.steps.map(\.json)),
            "cost": cost.json,
            "refusals": .array(refusals.map(\.json)),
        ]
    }
}

extension Origin {
    var json: JSONNode {
        switch self {
        case .server(let server): ["kind": "server", "server": server.json]
        case .snapshot(let path, let server):
            ["kind": "snapshot", "path": .string(path), "server": server?.json ?? .null]
        case .agentFile(let path): ["kind": "agent-file", "path": .string(path)]
        }
    }
}

extension ServerFacts {
    var json: JSONNode {
        [
            "name": .string(name), "url": .string(url), "project": .text(project),
            "version": .text(version.isEmpty ? nil : version),
        ]
    }
}

extension Moving {
    var json: JSONNode {
        ["item": .string(item), "count": .int(count), "exact": .bool(isExact), "detail": .string(detail)]
    }
}

/// Without the example, which holds content.
extension ChangeTally {
    var json: JSONNode { ["rule": .string(rule), "count": .int(count), "summary": .string(summary)] }
}

extension Conversion {
    var json: JSONNode {
        [
            "from": .string(from), "to": .string(to), "kept_calls": .int(keptCalls),
            "example": example?.json ?? .null,
        ]
    }
}

extension TurnExample {
    var json: JSONNode {
        func lines(_ lines: [Line]) -> JSONNode {
            .array(lines.map { ["what": .string($0.what), "text": .string($0.text)] })
        }
        return ["item": .string(item), "before": lines(before), "after": lines(after)]
    }
}

extension Omission {
    func json(accepted: Bool) -> JSONNode {
        [
            "id": .string(id), "class": .string(self.class.rawValue), "item": .string(item),
            "reason": .string(reason), "remedy": .string(remedy), "accepted": .bool(accepted),
        ]
    }
}

extension Need {
    var json: JSONNode { ["what": .string(what), "remedy": .string(remedy)] }
}

extension LoadStep {
    var json: JSONNode {
        switch self {
        case .createTool(let name): ["step": "create-tool", "name": .string(name)]
        case .keepTool(let name, let differs):
            ["step": "keep-tool", "name": .string(name), "differs": .bool(differs)]
        case .overwriteTool(let name): ["step": "overwrite-tool", "name": .string(name)]
        case .importAgent(let agent): agent.json
        case .attachBlock(let copy): copy.json(step: "attach-block")
        case .attachArchive(let copy): copy.json(step: "attach-archive")
        case .createArchive(let embedding): ["step": "create-archive", "embedding": .text(embedding)]
        case .insertPassages(let insert):
            [
                "step": "insert-passages", "passages": .int(insert.passages),
                "requests": .int(insert.requests),
                "batched": .bool(insert.isBatched),
            ]
        case .createIdentity(let name, let key):
            ["step": "create-identity", "name": .string(name), "key": .string(key)]
        case .keepIdentity(let name, let key, let differs):
            [
                "step": "keep-identity", "name": .string(name), "key": .string(key),
                "differs": .bool(differs),
            ]
        case .restoreConversations(let count):
            ["step": "restore-conversations", "conversations": .int(count)]
        case .commit(let name, let tags):
            ["step": "commit", "name": .string(name), "tags": .array(tags.map { .string($0) })]
        }
    }
}

extension SharedCopy {
    func json(step: String) -> JSONNode {
        [
            "step": .string(step), "name": .string(name), "id": .string(targetID), "run": .string(run),
            "agents": .array(
                holders.map { ["id": .string($0.id), "name": .string($0.name)] }),
        ]
    }
}

extension AgentImport {
    var json: JSONNode {
        [
            "step": "import-agent", "messages": .int(rows), "in_context": .int(inContext),
            "blocks": .int(blocks),
            "bytes": .int(bytes), "model": .text(model), "embedding": .text(embedding),
            "secrets": .array(secrets.map { .string($0) }),
        ]
    }
}

extension CostEstimate {
    var json: JSONNode {
        [
            "requests": .int(requests), "bytes": .int(bytes), "seconds": .seconds(seconds),
            "embeddings": .int(embeddings), "embedding_tokens": .int(embeddingTokens),
            "stages": .array(stages.map(\.json)), "warnings": .array(warnings.map { .string($0) }),
        ]
    }
}

extension CostEstimate.Stage {
    var json: JSONNode {
        [
            "name": .string(name), "requests": .int(requests), "bytes": .int(bytes),
            "seconds": .seconds(seconds),
        ]
    }
}

extension Failure {
    /// An error in JSON: code, subject, reason, remedy, end.
    public var json: JSONNode {
        [
            "code": .string(code.rawValue), "subject": .string(subject), "reason": .string(reason),
            "remedy": .string(remedy), "end": .text(end?.rawValue),
        ]
    }
}

extension JSONNode {
    /// Null where there is no text.
    static func text(_ text: String?) -> JSONNode { text.map { .string($0) } ?? .null }

    /// Seconds with three decimals.
    static func seconds(_ value: Double) -> JSONNode {
        let thousandths = Int((max(0, value) * 1000).rounded())
        let tail = String(thousandths % 1000)
        return .number("\(thousandths / 1000).\(String(repeating: "0", count: 3 - tail.count))\(tail)")
    }
}
