import AgentFile
public import LettaModel
import Plan
import Snapshot

/// What an export came to.
public struct ExportResult: Sendable {
    public let path: String
    public let bytes: Int
    public let messages: Int
    public let digest: ContentDigest
    public let changes: [AnnouncedChange]
    public let omissions: [Omission]
    /// In the file.
    public let agentType: String
    /// Calls of `send_message` that a conversion left as they were; nil
    /// where nothing was converted.
    public let keptCalls: Int?
}

extension Engine {
    /// A complete agent file out of a snapshot, for any tool that reads one.
    ///
    /// - Parameters path: must not exist. convertsLegacy: a memgpt agent is
    ///   written as a `letta_v1_agent`.
    public static func export(
        _ snapshotPath: String, to path: String, convertsLegacy: Bool = false
    ) async throws -> ExportResult {
        try await withSoundSnapshot(at: snapshotPath) { snapshot in
            let contents = try await SnapshotContents(
                snapshot, path: snapshotPath, convertsLegacy: convertsLegacy)
            let choices = AgentFileChoices(name: AgentFileShape.plainName(contents.agentName))
            var changes: [AnnouncedChange] = []
            let written = try await Spool(snapshot: snapshot, contents: contents, choices: choices).write(
                to: path
            ) {
                changes += $0
            }
            return ExportResult(
                path: path, bytes: written.bytes, messages: written.rows, digest: written.digest,
                changes: changes + written.changes,
                omissions: written.omissions + lost(contents, snapshotPath),
                agentType: written.facts.agentType, keptCalls: written.conversion?.keptCalls)
        }
    }

    /// What the format has no place for.
    private static func lost(_ contents: SnapshotContents, _ path: String) -> [Omission] {
        var lost: [Omission] = []
        if contents.passageCount > 0 {
            lost.append(
                Omission(
                    id: "passages", class: .loss, item: contents.passageCount.counted("archival passage"),
                    reason: "an agent file has no place for archival memory",
                    remedy:
                        "keep the snapshot, and load that: ferry load \(ShellWord.quoted(path)) --to SERVER"))
        }
        for secret in contents.secrets {
            lost.append(
                Omission(
                    id: "secret:\(secret.name)", class: .loss, item: "secret \(secret.name)",
                    reason: "a snapshot holds no secret values, and an empty one would be read back as set",
                    remedy: "set it on the agent after the import"))
        }
        return lost + contents.surroundings.map { Self.lost($0) }
    }

    private static func lost(_ thing: Surrounding) -> Omission {
        // What a load of the snapshot brings is only too much for the format.
        let isBrought = FidelityTable.row(of: thing.kind)?.fate == .moves
        return Omission(
            id: "\(thing.kind.rawValue):\(thing.id)", class: .loss,
            item: "\(thing.kind.rawValue) \(thing.name)",
            reason: isBrought ? "an agent file has no place for it" : "not moved by this version",
            remedy: isBrought
                ? "keep the .ferry file, and load that: ferry load FILE.ferry --to SERVER" : "move it by hand"
        )
    }
}
