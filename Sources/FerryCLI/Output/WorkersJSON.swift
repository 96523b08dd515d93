import Journal
import LettaModel
import LosslessJSON
import WorkerTree
import Workers

/// What moves of workers say to a program. Schemas: docs/json-output.md.
enum WorkersJSON {
    static func plan(_ plan: WorkersPlan) -> JSONNode {
        [
            "schema": "ferry.workers-plan/1", "source": .string(plan.source),
            "destination": .string(plan.destination),
            "server": .string(plan.server), "workers": .array(plan.workers.map(worker)),
            "copied": .array(
                plan.copied.map {
                    ["class": .string($0.class.rawValue), "files": .int($0.files), "bytes": .int($0.bytes)]
                }),
            "rewrites": .array(plan.rewrites.map(rewrite)), "users": .array(plan.users.map(thing)),
            "orphans": .int(plan.orphans), "left": .array(plan.omissions.map(omission)),
            "refusals": .array(plan.refusals.map(refusal)), "notes": strings(plan.notes),
            "steps": strings(plan.steps),
        ]
    }

    private static func worker(_ worker: PlannedWorker) -> JSONNode {
        [
            "name": .string(worker.name), "kind": .string(worker.kind.rawValue),
            "code_folder": .string(worker.codeFolder),
            "old_agent": text(worker.oldAgent), "new_agent": text(worker.newAgent),
            "database": text(worker.database),
            "queue": .array(
                worker.queue.map {
                    [
                        "row": .int(Int($0.row)), "status": .string($0.status),
                        "becomes": .string($0.newStatus),
                        "notice": text($0.notice?.rawValue),
                    ]
                }), "commit": text(worker.commit), "packages": strings(worker.packages),
        ]
    }

    private static func rewrite(_ rewrite: Rewrite) -> JSONNode {
        [
            "file": .string(rewrite.file), "line": .int(rewrite.line), "key": .string(rewrite.key),
            "kind": .string(rewrite.kind.rawValue), "old": .string(rewrite.old), "new": .string(rewrite.new),
        ]
    }

    private static func thing(_ thing: PlannedThing) -> JSONNode {
        [
            "kind": .string(thing.kind.rawValue), "user": .int(Int(thing.user)), "name": .string(thing.name),
            "old_id": .string(thing.oldID), "fate": .string(thing.fate.rawValue), "new_id": text(thing.newID),
        ]
    }

    private static func omission(_ omission: Omission) -> JSONNode {
        [
            "id": .string(omission.id), "class": .string(omission.class.rawValue),
            "item": .string(omission.item),
            "reason": .string(omission.reason), "remedy": .string(omission.remedy),
        ]
    }

    private static func refusal(_ failure: Failure) -> JSONNode {
        [
            "code": .string(failure.code.rawValue), "subject": .string(failure.subject),
            "reason": .string(failure.reason),
            "remedy": .string(failure.remedy),
        ]
    }

    static func result(_ result: WorkersResult) -> JSONNode {
        let expectation = result.expectation
        return [
            "schema": "ferry.workers-move/1", "run": .string(result.run.id.description),
            "status": .string(result.run.status.rawValue), "destination": .string(result.destination),
            "server": .string(expectation.server), "bridge_copy": text(result.bridgeCopy),
            "workers": .array(
                expectation.programs.map {
                    [
                        "name": .string($0.name), "kind": .string($0.kind), "agent": text($0.agent),
                        "database": text($0.database), "commit": text($0.commit),
                    ]
                }),
            "users": .int(expectation.things.count), "rewrites": .int(expectation.rewrites),
            "rows": .array(
                expectation.notices.map {
                    ["worker": .string($0.worker), "row": .int(Int($0.row)), "notice": .string($0.notice)]
                }), "steps": strings(expectation.steps),
        ]
    }

    static func undone(_ run: RunRecord, _ undone: WorkersUndone) -> JSONNode {
        [
            "schema": "ferry.workers-undo/1", "run": .string(run.id.description),
            "done": strings(undone.done), "left": strings(undone.left),
        ]
    }

    static func check(_ check: WorkersCheck) -> JSONNode {
        [
            "schema": "ferry.workers-check/1", "folder": .string(check.folder),
            "server": .string(check.server),
            "run": text(check.run), "good": .bool(check.isGood),
            "findings": .array(
                check.findings.map {
                    [
                        "kind": .string($0.kind.rawValue), "subject": .string($0.subject),
                        "good": .bool($0.isGood), "seen": .bool($0.isSeen), "pending": .bool($0.isPending),
                        "text": .string($0.text), "remedy": .string($0.remedy),
                    ]
                }), "steps": strings(check.steps),
        ]
    }

    static func who(_ found: [WorkersWho]) -> JSONNode {
        [
            "schema": "ferry.workers-who/1",
            "workers": .array(
                found.map {
                    [
                        "worker": .string($0.worker), "kind": .string($0.kind),
                        "code_folder": .string($0.codeFolder),
                        "agent": text($0.agent), "agent_name": text($0.agentName), "server": text($0.server),
                        "standing": .string($0.standing.rawValue), "expected": text($0.expected),
                        "run": text($0.run),
                        "retired": .bool($0.isRetired), "wrong": .bool($0.isWrong),
                        "other_agents": strings($0.otherAgents),
                    ]
                }),
        ]
    }

    private static func text(_ value: String?) -> JSONNode { value.map { .string($0) } ?? .null }
    private static func strings(_ values: [String]) -> JSONNode { .array(values.map { .string($0) }) }
}
