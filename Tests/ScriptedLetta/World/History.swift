import LosslessJSON

/// The flow of one agent: rows that are generated when they are asked for,
/// followed by rows that are kept.
public struct History: Sendable {
    private var generated: Generated?
    private var kept: [StoredRow] = []
    /// Sequence of each kept row.
    private var sequences: [String: Int] = [:]

    /// Rows are this far apart, so that one can be put between two.
    static let stride = 1000

    init() {}

    init(generated: Generated) { self.generated = generated }

    var generatedCount: Int { generated?.count ?? 0 }
    /// How many rows there are.
    public var count: Int { generatedCount + kept.count }

    subscript(_ place: Int) -> StoredRow {
        let first = generatedCount
        if place >= first { return kept[place - first] }
        return generated?.row(place) ?? kept[0]
    }

    /// `message-<uuid>` of the row at that place, oldest first.
    public func id(at place: Int) -> String {
        place < generatedCount ? generated?.id(place) ?? "" : kept[place - generatedCount].id
    }

    func sequence(at place: Int) -> Int {
        place < generatedCount ? generated?.sequence(place) ?? 0 : kept[place - generatedCount].sequence
    }

    func isKept(_ place: Int) -> Bool { place >= generatedCount }

    func conversation(at place: Int) -> String? {
        isKept(place) ? kept[place - generatedCount].conversationID : nil
    }

    var lastSequence: Int { count == 0 ? 0 : sequence(at: count - 1) }

    func place(of id: String) -> Int? {
        if let place = generated?.place(of: id) { return place }
        guard let sequence = sequences[id] else { return nil }
        let place = firstPlace(after: sequence - 1)
        return place < count && self.id(at: place) == id ? place : nil
    }

    func sequence(of id: String) -> Int? { place(of: id).map(sequence(at:)) }

    /// The first place whose sequence is greater.
    func firstPlace(after sequence: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self.sequence(at: middle) > sequence { high = middle } else { low = middle + 1 }
        }
        return low
    }

    mutating func append(_ row: StoredRow) {
        kept.append(row)
        sequences[row.id] = row.sequence
    }

    /// Puts a row before the one at that place, as a transaction does that
    /// was held open; the rest stays where it is.
    mutating func insert(_ row: StoredRow, at place: Int) {
        keepAll()
        var inserted = row
        let next = sequence(at: place)
        inserted.sequence = (next + (place > 0 ? sequence(at: place - 1) : next - 2 * History.stride)) / 2
        kept.insert(inserted, at: place)
        sequences[inserted.id] = inserted.sequence
    }

    mutating func replace(at place: Int, _ change: (inout StoredRow) -> Void) {
        keepAll()
        change(&kept[place])
    }

    public mutating func removeAll(where isGone: (StoredRow) -> Bool) {
        keepAll()
        kept.removeAll(where: isGone)
        sequences = Dictionary(kept.map { ($0.id, $0.sequence) }) { first, _ in first }
    }

    private mutating func keepAll() {
        guard let generated else { return }
        let rows = (0..<generated.count).map(generated.row) + kept
        self.generated = nil
        kept = rows
        sequences = Dictionary(rows.map { ($0.id, $0.sequence) }) { first, _ in first }
    }

    // MARK: fast ways

    /// The listed items of the row, if it is generated and the style is the
    /// one that its templates were made for.
    func writeItems(at place: Int, style: ListingStyle, into bytes: inout [UInt8]) -> Bool {
        guard let generated, place < generated.count, generated.score.style == style else { return false }
        generated.writeItems(place, into: &bytes)
        return true
    }

    /// The row in export form, if it is generated.
    func writeExport(
        at place: Int, shownAs position: Int, dice: inout Dice, into bytes: inout [UInt8]
    ) -> Bool {
        guard let generated, place < generated.count else { return false }
        generated.writeExport(place, shownAs: position, dice: &dice, into: &bytes)
        return true
    }

    /// The last whole turns, about that many rows, with the system row first.
    func tail(_ rows: Int) -> [String] {
        guard count > 0 else { return [] }
        var first = max(1, count - (rows - 1))
        while first < count, !opensTurn(first) { first += 1 }
        return [id(at: 0)] + (min(first, count)..<max(first, count)).map(id(at:))
    }

    private func opensTurn(_ place: Int) -> Bool {
        if let generated, place < generated.count { return generated.slot(place).opensTurn }
        return self[place].role == "user"
    }
}

/// Rows made from a score by their number alone.
struct Generated: Sendable {
    let agentID: String
    let seed: UInt64
    let count: Int
    let firstSequence: Int
    let score: Score
    let start: Moment
    /// From here on the fillers stand: the last turn would not be whole.
    private let fillersFrom: Int

    init(agentID: String, count: Int, firstSequence: Int, score: Score, start: Moment) {
        self.agentID = agentID
        seed = (UUIDText.words(agentID.dropFirst("agent-".count))?.high ?? 0) & ~0xF000 | 0x4000
        self.count = count
        self.firstSequence = firstSequence
        self.score = score
        self.start = start
        var whole = max(1, count)
        while whole > 1, !score.slots[(whole - 1) % score.slots.count].opensTurn { whole -= 1 }
        fillersFrom = whole
    }

    func slot(_ place: Int) -> Score.Slot {
        if place == 0 { return score.opening }
        return place >= fillersFrom ? score.filler : score.slots[(place - 1) % score.slots.count]
    }

    func id(_ place: Int) -> String { "message-" + UUIDText.make(seed, low(place)) }

    func sequence(_ place: Int) -> Int { firstSequence + place * History.stride }

    func place(of id: String) -> Int? {
        guard id.hasPrefix("message-"), let words = UUIDText.words(id.dropFirst(8)), words.high == seed else {
            return nil
        }
        let place = Int((words.low & ~(0b11 << 62)) >> 7)
        return place < count && self.id(place) == id ? place : nil
    }

    /// In threes that mostly share one second.
    func created(_ place: Int) -> Moment {
        let number = Int64(place)
        return Moment(
            microseconds: start.microseconds + number / 3 * 111_000_000 + number % 3 * 300_000 + number * 7919
                % 99_991)
    }

    func row(_ place: Int) -> StoredRow {
        var bytes: [UInt8] = []
        slot(place).export.write(filling(place), into: &bytes)
        return StoredRow(
            id: id(place), sequence: sequence(place), agentID: agentID, conversationID: nil,
            otid: UUIDText.make(~seed, low(place)), senderID: slot(place).sender,
            text: bytes)
    }

    func writeItems(_ place: Int, into bytes: inout [UInt8]) {
        slot(place).listing.write(filling(place), into: &bytes)
    }

    func writeExport(_ place: Int, shownAs position: Int, dice: inout Dice, into bytes: inout [UInt8]) {
        var filling = filling(place)
        filling.place = position
        filling.otid = UUIDText.bytes(dice.next(), dice.next())
        slot(place).export.write(filling, into: &bytes)
    }

    private func low(_ place: Int) -> UInt64 { UInt64(place) << 7 | UInt64(place & 127) | 0b10 << 62 }

    private func filling(_ place: Int) -> RowTemplate.Filling {
        RowTemplate.Filling(
            high: seed, low: low(place), created: created(place), number: place,
            cycle: place / max(1, score.slots.count))
    }
}
