import LettaModel
public import LosslessJSON

extension RunSummary {
    /// `ferry.report/1`.
    public func json(_ excerpts: Excerpts = .differences) -> JSONNode {
        [
            "schema": "ferry.report/1",
            "run": .string(run),
            "command": .string(command),
            "state": .string(state.rawValue),
            "exit_code": .int(exitCode),
            "started_at": .string(startedAt.text),
            "finished_at": .string(finishedAt.text),
            "agent": ["name": .string(agentName), "id": .text(agentID)],
            "from": .string(from),
            "to": .string(to),
            "plan": plan?.json(choices) ?? .null,
            "verdict": verdict?.json(excerpts) ?? .null,
            "stages": .array(stages.map(\.json)),
            "files": .array(files.map { ["what": .string($0.what), "path": .string($0.path)] }),
            "warnings": .array(warnings.map { .string($0) }),
            "failure": failure?.json ?? .null,
            "next": .array(next.map { .string($0) }),
        ]
    }
}

extension RunSummary.StageTiming {
    var json: JSONNode {
        [
            "name": .string(name), "work": .string(work), "requests": .int(requests), "bytes": .int(bytes),
            "seconds": .seconds(seconds),
        ]
    }
}
