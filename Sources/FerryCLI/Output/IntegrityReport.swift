import LettaModel
import LosslessJSON
import Snapshot

/// `ferry verify FILE`: a snapshot looked at alone.
enum IntegrityReport {
    /// The file, where no server is asked for.
    static func file(_ invocation: Invocation) -> String? {
        guard let word = invocation.argument(0), SnapshotName.isOne(word), !invocation.has("at"),
            !invocation.has("agent")
        else { return nil }
        return word
    }

    static func run(_ path: String, _ world: World) async throws -> ExitCode {
        let integrity = try await withSnapshot(at: path, .inspect) { try await $0.integrity() }
        world.terminal.out(world.options.isJSON ? json(integrity).text() + "\n" : text(integrity))
        return integrity.isSound ? .clean : .findings
    }

    static func text(_ integrity: SnapshotIntegrity) -> String {
        let named = integrity.damaged.map {
            "damaged    \(Printable.escaped("\($0.kind) \($0.item): \($0.reason)"))\n"
        }
        let hidden = integrity.damages - integrity.damaged.count
        let more = hidden > 0 ? "and \(hidden.grouped) more\n" : ""
        return named.joined() + more + sentence(integrity) + "\n"
    }

    /// `ada.ferry: sound: 312 messages, 60 passages and 14 documents fit their digests`.
    static func sentence(_ integrity: SnapshotIntegrity) -> String {
        let what =
            "\(integrity.messages.counted("message")), \(integrity.passages.counted("passage")) and "
            + integrity.documents.counted("document")
        let path = Printable.escaped(integrity.path)
        if integrity.damages > 0 {
            return "\(path): damaged: \(integrity.damages.counted("item")) not as stored; looked at \(what)"
        }
        guard integrity.isSound else {
            return
                "\(path): unfinished: \(what) fit their digests, but the last run into the file did not end"
        }
        return "\(path): sound: \(what) fit their digests"
    }

    static func json(_ integrity: SnapshotIntegrity) -> JSONNode {
        [
            "schema": "ferry.integrity/1", "snapshot": .string(integrity.path),
            "agent": .string(integrity.agentName), "state": .string(integrity.state.rawValue),
            "is_sound": .bool(integrity.isSound),
            "finished_at": integrity.finishedAt.map { .string($0.text) } ?? .null,
            "messages": .int(integrity.messages), "passages": .int(integrity.passages),
            "documents": .int(integrity.documents), "damages": .int(integrity.damages),
            "damaged": .array(
                integrity.damaged.map {
                    ["kind": .string($0.kind), "item": .string($0.item), "reason": .string($0.reason)]
                }),
        ]
    }
}
