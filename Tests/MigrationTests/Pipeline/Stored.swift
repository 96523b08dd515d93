import Home
import LettaModel
import LettaServer
import LosslessJSON
import Snapshot

// What is in the snapshot, and what the source would show.
extension Crossing {
    /// The items of each row as the listing shows them, put together by id.
    func listing(of agent: String) async throws -> [String: [UInt8]] {
        var shown: [String: [UInt8]] = [:]
        var pages = from.listing(of: SourceID(agent), thread: .main, from: .oldest).makeAsyncIterator()
        while let page = try await pages.next() {
            for row in page.rows { shown[row.id.raw] = row.items }
        }
        return shown
    }

    func storedRows(at path: String? = nil, includingGone: Bool = false) async throws -> [StoredRow] {
        try await withSnapshot(at: path ?? snapshotPath, .read) { snapshot in
            var rows: [StoredRow] = []
            for try await batch in snapshot.history(.main, includingGone: includingGone) { rows += batch }
            return rows
        }
    }

    func storedCount() async throws -> Int {
        try await withSnapshot(at: snapshotPath, .read) { try await $0.threads().reduce(0) { $0 + $1.rows } }
    }

    func storedPassages(at path: String? = nil) async throws -> [String] {
        try await withSnapshot(at: path ?? snapshotPath, .read) { snapshot in
            var texts: [String] = []
            for try await batch in snapshot.passageBatches() {
                texts += try batch.map { try JSONDocument($0.passage.json).root["text"]?.string ?? "" }
            }
            return texts
        }
    }
}
