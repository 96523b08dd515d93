public import LettaModel

/// How passages are put into requests.
///
/// A batch must be strictly ascending in time: the server attaches tags by
/// position after sorting by time, so two passages of one instant in a batch
/// could swap tags. Source: 0.16.8 `POST /v1/archives/{id}/passages/batch`.
public struct PassageBatches: Sendable {
    /// Of 2,000 passages to a real 0.16.8, 200 at once took 21 s, 500 took 17
    /// to 20, more gained nothing. An answer carries 39 kB for each passage.
    public static let passagesAtMost = 500
    public static let bytesAtMost = 4_000_000

    /// Indices of each batch, ascending in time. `times` has to be ascending
    /// already. - Complexity: O(n).
    /// - Parameter bytes: of each passage's text; empty where not known.
    public static func split(times: [Instant], bytes: [Int] = []) -> [[Int]] {
        var closed: [[Int]] = []
        var open: [OpenBatch] = []
        var rank = 0
        for index in times.indices {
            rank = index > 0 && times[index] == times[index - 1] ? rank + 1 : 0
            if rank == open.count { open.append(OpenBatch()) }
            let size = index < bytes.count ? bytes[index] : 0
            if let full = open[rank].add(index, size) { closed.append(full) }
        }
        return (closed + open.map(\.indices)).filter { !$0.isEmpty }.sorted { $0[0] < $1[0] }
    }

    private struct OpenBatch {
        var indices: [Int] = []
        var bytes = 0

        /// Returns the batch that had to be closed first.
        mutating func add(_ index: Int, _ size: Int) -> [Int]? {
            let isFull = indices.count == passagesAtMost || (!indices.isEmpty && bytes + size > bytesAtMost)
            let full = isFull ? indices : nil
            if isFull { self = OpenBatch() }
            indices.append(index)
            bytes += size
            return full
        }
    }
}
