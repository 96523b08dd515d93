import LettaModel
import Snapshot

/// The threads of a snapshot as one flow of what is made of their rows: each
/// in its own order, and between them by time, as the source's own listing has
/// them.
///
/// **Bounds**: a batch of the default thread, and a few rows of each
/// conversation that was under way at the same time.
struct ThreadMerge<Element> {
    private var active: [Lane<Element>]
    /// By the time of their first row, the next one last.
    private var waiting: [(begins: Int64, lane: Lane<Element>)]

    /// - Parameter form: a new one for each thread.
    init(
        _ snapshot: AgentSnapshot, conversations: [String], _ form: (Thread) -> RowForming<Element>
    ) async throws {
        active = [Lane(snapshot, .main, form(.main), rank: 0)]
        waiting = []
        for (place, id) in conversations.enumerated() {
            let thread = Thread.conversation(id)
            let date = try await snapshot.firstDate(of: thread)
            let begins = date.flatMap { Instant($0) }?.microseconds ?? .min
            waiting.append((begins, Lane(snapshot, thread, form(thread), rank: place + 1)))
        }
        waiting.sort { ($0.begins, $0.lane.rank) > ($1.begins, $1.lane.rank) }
    }

    mutating func next() async throws -> (output: Element, thread: Thread)? {
        while true {
            guard let lane = try await foremost() else {
                guard let opened = waiting.popLast()?.lane else { return nil }
                active.append(opened)
                continue
            }
            if let next = waiting.last {
                guard try await lane.time() < next.begins else {
                    active.append(next.lane)
                    waiting.removeLast()
                    continue
                }
            }
            return try await lane.take().map { ($0, lane.thread) }
        }
    }

    /// The active lane that is next; those that ended are dropped.
    private mutating func foremost() async throws -> Lane<Element>? {
        var open: [Lane<Element>] = []
        for lane in active where try await lane.hasMore() { open.append(lane) }
        active = open
        guard open.count > 1 else { return open.first }
        var best = open[0]
        for lane in open.dropFirst() {
            let (one, other) = (try await lane.time(), try await best.time())
            if (one, lane.rank) < (other, best.rank) { best = lane }
        }
        return best
    }
}

/// What is made of the rows of one thread, one after the other.
struct RowForming<Element> {
    let take: (StoredRow) throws -> [Element]
    /// What is still to come at the end of the thread.
    let finish: () throws -> [Element]
    /// When it was made; nil where it does not say.
    let made: (Element) throws -> Instant?
}

/// One thread, with what of it is ready.
private final class Lane<Element> {
    let thread: Thread
    /// Decides between rows of one time.
    let rank: Int
    private let batches: Batches<[StoredRow]>
    private var rows: ArraySlice<StoredRow> = []
    private let form: RowForming<Element>
    private var ready: ArraySlice<Element> = []
    private var isFinished = false
    private var isAtStart = true
    /// Of the first that is ready, where it was asked for.
    private var known: Int64?
    private var last = Int64.min

    init(_ snapshot: AgentSnapshot, _ thread: Thread, _ form: RowForming<Element>, rank: Int) {
        self.thread = thread
        self.rank = rank
        batches = snapshot.history(thread, limit: thread == .main ? 500 : 8)
        self.form = form
    }

    func hasMore() async throws -> Bool {
        while ready.isEmpty, !isFinished {
            guard let row = try await nextRow() else {
                isFinished = true
                ready = try form.finish()[...]
                break
            }
            ready = try form.take(row)[...]
        }
        return !ready.isEmpty
    }

    func take() async throws -> Element? {
        guard try await hasMore() else { return nil }
        if let known { last = known }
        known = nil
        return ready.popFirst()
    }

    /// When the next row was made; one that does not say follows the last.
    func time() async throws -> Int64 {
        if let known { return known }
        guard try await hasMore(), let made = try ready.first.flatMap(form.made) else { return last }
        known = made.microseconds
        return made.microseconds
    }

    private func nextRow() async throws -> StoredRow? {
        while true {
            if let row = rows.popFirst() {
                defer { isAtStart = false }
                if isAtStart, isOwnSystemRow(row) { continue }
                return row
            }
            guard let batch = try await batches.next() else { return nil }
            rows = batch[...]
        }
    }

    /// A conversation begins with a system row that its server compiled for
    /// it, and every server compiles its own.
    private func isOwnSystemRow(_ row: StoredRow) -> Bool {
        thread != .main && row.messageTypes == ["system_message"]
    }
}
