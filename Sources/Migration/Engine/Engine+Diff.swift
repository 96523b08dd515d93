import AgentFile
import Glibc
import Hashing
public import Home
public import LettaModel
import LosslessJSON
import Plan
import Snapshot
public import Verify

/// One side of a comparison of agents.
public enum DiffOperand: Sendable {
    case snapshot(String)
    /// Which agent of a file with several, and how to name it.
    case agentFile(String, agent: String?, remedy: String)
    /// An agent on a server, which is only read.
    case agent(String, at: any Home<SourceSide>)
}

/// What two agents have in common and what not.
public struct DiffReport: Sendable {
    public struct Side: Sendable {
        /// As it was named: a path, or the server and the agent.
        public let place: String
        public let agent: String
    }

    public let one: Side
    public let other: Side
    public let sides: SideBySide
    /// One side was read as its listing shows it, so both were compared in
    /// that form: times to the second, and what listings do not show is not
    /// looked at.
    public let isFolded: Bool
    /// What nothing is said of, each with why.
    public let notCompared: [String]

    public var isEqual: Bool { sides.isEqual }
}

extension Engine {
    /// Compares two agents, wherever they are. Nothing is written but
    /// temporary files of ferry's own.
    ///
    /// - Parameter folder: for the temporary files; made and removed.
    /// **Bounds**: 41 bytes for each row of either side, one batch of rows,
    /// the agents with their blocks and tools.
    /// **Errors**: those of reading an agent, a snapshot or an agent file.
    public static func diff(
        _ one: DiffOperand, _ other: DiffOperand, in folder: String, progress: @escaping ProgressSink
    ) async throws -> DiffReport {
        try PrivateFile.makeFolder(folder)
        defer { PrivateFile.removeFolder(folder) }
        let (first, second) = (
            try await path(of: one, "\(folder)/one.ferry", progress),
            try await path(of: other, "\(folder)/other.ferry", progress)
        )
        return try await withSoundSnapshot(at: first) { left in
            try await withSoundSnapshot(at: second) { right in
                let diff = SnapshotDiff(
                    one: try await DiffSide(left, first), other: try await DiffSide(right, second))
                let sides = try await diff.sides()
                return DiffReport(
                    one: .init(place: one.place, agent: diff.one.contents.agentName),
                    other: .init(place: other.place, agent: diff.other.contents.agentName),
                    sides: sides, isFolded: diff.isFolded,
                    notCompared: try await diff.passagesNotCompared() + diff.identitiesNotCompared()
                        + diff.conversationsNotCompared()
                        + sides.notCompared)
            }
        }
    }

    /// Where the operand can be read as a snapshot.
    private static func path(
        of operand: DiffOperand, _ temporary: String, _ progress: @escaping ProgressSink
    ) async throws -> String {
        switch operand {
        case .snapshot(let path): return path
        case .agentFile(let path, let agent, let remedy):
            let intake = AgentFileIntake(path: path, agentName: agent, naming: remedy)
            try await withSnapshot(at: temporary, .create) { try await intake.run(into: $0) }
        case .agent(let name, let home):
            let state = try await AgentFinder(home).find(name)
            try await withSnapshot(at: temporary, .create) { snapshot in
                let capture = Capture(
                    home: home, snapshot: snapshot, reader: nil,
                    options: CaptureOptions(isReadOnly: true, acceptsChanges: true), progress: progress)
                try await capture.run(state, named: home.address.name)
            }
        }
        return temporary
    }
}

extension DiffOperand {
    var place: String {
        switch self {
        case .snapshot(let path): path
        case .agentFile(let path, let agent, _): agent.map { "\(path):\($0)" } ?? path
        case .agent(let name, let home): "\(home.address.name):\(name)"
        }
    }
}

/// A snapshot that is open.
struct DiffSide {
    let snapshot: AgentSnapshot
    let contents: SnapshotContents

    init(_ snapshot: AgentSnapshot, _ path: String) async throws {
        self.snapshot = snapshot
        contents = try await SnapshotContents(snapshot, path: path)
    }

    var isFile: Bool { contents.origin.reader == .agentFile }

    /// Every row, in the one form in which rows are compared.
    ///
    /// - Parameter isFolded: as listings show it; then a row that they do
    ///   not show is passed over.
    func rows(
        isFolded: Bool, _ body: (_ id: String, _ row: VerbatimJSON, _ thread: Thread) throws -> Void
    ) async throws {
        var merge = try await ThreadMerge(snapshot, conversations: conversations.map(\.id)) { _ in
            RowForming<StoredRow>(take: { [$0] }, finish: { [] }, made: { Instant($0.date) })
        }
        while let (row, thread) = try await merge.next() {
            if let json = try form(row, isFolded) { try body(row.id.raw, json, thread) }
        }
    }

    /// Those whose rows were read.
    var conversations: [ConversationFacts] { contents.conversations.filter { $0.sharedIDs != nil } }

    private func form(_ row: StoredRow, _ isFolded: Bool) throws -> VerbatimJSON? {
        let input = try ShapedHistory.input(row)
        guard row.native != nil else { return input.json }
        let whole = try row.listed.map { try ListedExtras($0).merge(into: input.json) } ?? input.json
        return isFolded ? try FoldProjection.of(whole, agentType: contents.agentType)?.json : whole
    }
}

/// Two open snapshots.
struct SnapshotDiff {
    let one: DiffSide
    let other: DiffSide

    var isFolded: Bool { [one, other].contains { $0.contents.origin.reader == .folded } }

    private var laconic: SideBySide.Laconic {
        if one.isFile == other.isFile { return .neither }
        return one.isFile ? .one : .other
    }

    func sides() async throws -> SideBySide {
        var sides = SideBySide(laconic: laconic)
        let (left, right) = (one.contents, other.contents)
        sides.agents(left.agent.bytes, right.agent.bytes)
        sides.blocks(Self.items(left.blocks), Self.items(right.blocks))
        sides.tools(Self.items(left.tools), Self.items(right.tools))
        sides.toolRules(Self.toolRules(left), Self.toolRules(right))
        sides.tags(left.tags, right.tags)
        sides.secrets(left.secrets.map(\.name), right.secrets.map(\.name))
        if !one.isFile, !other.isFile {
            sides.identities(Self.identities(left), Self.identities(right))
        }
        try await history(&sides)
        try await archive(&sides)
        return sides
    }

    private static func items(_ stored: [StoredDocument]) -> [KeyedItem] {
        stored.map { KeyedItem(key: $0.document.name, json: $0.document.json) }
    }

    private static func identities(_ contents: SnapshotContents) -> [KeyedItem] {
        contents.surroundings.identities.map { KeyedItem(key: $0.key, json: $0.body) }
    }

    /// - Returns: empty where both sides can have identities.
    func identitiesNotCompared() -> [String] {
        let count = Self.identities(one.contents).count + Self.identities(other.contents).count
        guard one.isFile || other.isFile, count > 0 else { return [] }
        return ["identities: an agent file names none; the other side has \(count.grouped)"]
    }

    /// - Returns: empty where both sides can have conversations, and their
    ///   messages were read.
    func conversationsNotCompared() -> [String] {
        let count = one.contents.conversations.count + other.contents.conversations.count
        if one.isFile || other.isFile {
            return count == 0
                ? [] : ["conversations: an agent file holds none; the other side has \(count.grouped)"]
        }
        let unread = count - one.conversations.count - other.conversations.count
        return unread == 0
            ? []
            : ["\(unread.counted("conversation")): the snapshot was made before ferry read their messages"]
    }

    private static func toolRules(_ contents: SnapshotContents) -> VerbatimJSON {
        contents.agent.root["tool_rules"].map { Array($0.raw) } ?? Array("[]".utf8)
    }

    // MARK: History

    private func history(_ sides: inout SideBySide) async throws {
        var pairing = RowPairing()
        let left = try await walk(one) { pairing.one($0) }
        let right = try await walk(other) { pairing.other($0) }
        sides.messages(try await explained(pairing.finish()))
        sides.context(left.context, right.context)
        if !one.isFile, !other.isFile { sides.conversations(left.conversations, right.conversations) }
    }

    private struct Walk {
        /// The places of the rows in context.
        var context: [Int?]
        var conversations: [ConversationComparison.Item]
    }

    private func walk(_ side: DiffSide, _ note: (RowPrint) -> Void) async throws -> Walk {
        let wanted = Set(side.contents.messageIDs)
        var places: [String: Int] = [:]
        var threads = ConversationPlaces(side.conversations)
        var place = 0
        try await side.rows(isFolded: isFolded) { id, row, thread in
            note(try RowForm.print(of: row))
            if wanted.contains(id) { places[id] = place }
            try threads.note([id], row, at: place, of: thread)
            place += 1
        }
        return Walk(
            context: side.contents.messageIDs.map { places[$0] },
            conversations: side.conversations.map {
                ConversationComparison.Item(
                    name: $0.name, json: $0.body(model: $0.model), messages: threads.places(of: $0))
            })
    }

    /// Reads the bodies of changed rows, to say what changed in them.
    private func explained(_ outcome: RowOutcome) async throws -> RowOutcome {
        var outcome = outcome
        let pairs = outcome.changed
        guard !pairs.isEmpty else { return outcome }
        let left = try await bodies(one, Set(pairs.map(\.expected)))
        let right = try await bodies(other, Set(pairs.map(\.found)))
        for pair in pairs {
            guard let mine = left[pair.expected], let theirs = right[pair.found] else { continue }
            outcome.explain(pair, expected: mine, found: theirs)
        }
        return outcome
    }

    private func bodies(_ side: DiffSide, _ places: Set<Int>) async throws -> [Int: VerbatimJSON] {
        var found: [Int: VerbatimJSON] = [:]
        var place = 0
        try await side.rows(isFolded: isFolded) { _, row, _ in
            if places.contains(place) { found[place] = row }
            place += 1
        }
        return found
    }

    // MARK: Archive

    /// - Returns: empty where both sides can have passages.
    func passagesNotCompared() async throws -> [String] {
        guard one.isFile || other.isFile else { return [] }
        let counts = one.contents.passageCount + other.contents.passageCount
        let known = counts == 0 ? "" : "; the other side has \(counts.counted("passage"))"
        return ["passages: an agent file has no place for them\(known)"]
    }

    /// An agent file has no place for passages: none is compared with it.
    private func archive(_ sides: inout SideBySide) async throws {
        guard !one.isFile, !other.isFile else { return }
        var pairs = PassagePairs()
        for try await batch in one.snapshot.passageBatches() {
            for passage in batch { pairs.one(try Self.print(passage)) }
        }
        for try await batch in other.snapshot.passageBatches() {
            for passage in batch { pairs.other(try Self.print(passage)) }
        }
        sides.passages(pairs)
    }

    private static func print(_ stored: StoredPassage) throws -> PassagePrint {
        PassagePrint(try JSONDocument(stored.passage.json).root, hasMetadata: true) {
            ContentDigest.ofCanonical($0, dropping: [])
        }
    }
}
