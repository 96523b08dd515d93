import Journal
import LettaModel
import LosslessJSON

/// A run of the journal as JSON. Schema: docs/json-output.md.
enum RunJSON {
    static func of(_ run: RunRecord) -> JSONNode {
        [
            "schema": "ferry.run/1", "run": .string(run.id.description), "job": .string(run.draft.job),
            "status": .string(run.shownStatus.rawValue),
            "agent": text(run.draft.agentName), "agent_id": text(run.draft.agentID),
            "from": text(run.draft.source?.name), "to": text(run.draft.target?.name),
            "snapshot": text(run.draft.snapshotPath), "verdict": text(run.verdict),
            "created_at": .string(run.createdAt.text), "ended_at": text(run.endedAt?.text),
            "folder": .string(run.folder),
        ]
    }

    private static func text(_ value: String?) -> JSONNode { value.map { .string($0) } ?? .null }
}

extension RunRecord {
    /// A run whose process is gone is not running any more: it was killed.
    var shownStatus: RunStatus { status == .running && !isClaimed ? .incomplete : status }
}
