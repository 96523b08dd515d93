import Home
import LettaModel
import Snapshot

/// The snapshot that the move of an agent would have left: its rows as they
/// are now.
enum ReadBefore {
    static func keep(
        _ agent: String, of source: any Home<SourceSide>, at path: String, now: Instant = .now()
    ) async throws {
        let rows: [ListedRow<SourceSide>]
        do { rows = try await source.newestRows(of: SourceID(agent), limit: 1000) } catch is Failure {
            // A test has stopped the server before anything was moved.
            return
        }
        try await withSnapshot(at: path, .create) { snapshot in
            _ = try await snapshot.beginGeneration(
                SnapshotOrigin(
                    serverURL: source.address.url, serverName: "old", project: nil, serverVersion: "0.16.8",
                    agentID: SourceID(agent), agentName: "Ada", agentType: "letta_v1_agent",
                    reader: .native, startedAt: now))
            let start = try await snapshot.beginListing(.main)
            try await snapshot.finishListing(at: try await snapshot.record(rows, at: start))
            try await snapshot.finishGeneration(at: now, .stable)
        }
    }
}
