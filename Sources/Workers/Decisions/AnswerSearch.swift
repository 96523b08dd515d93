import LettaModel
import LosslessJSON

/// Looks for messages of the queue, and for the answers to them, in the newest
/// rows of an agent's history.
///
/// Broca puts a sender in brackets before the words. A row of the history is
/// the message's if that and the words are all it says, and it is one message's
/// only: those whose end is known have theirs first.
struct AnswerSearch {
    /// Oldest first.
    let rows: [SaidRow]
    /// The history has no older rows.
    let isWhole: Bool

    /// Clocks of two hosts, and whole seconds.
    private static let slackMinutes = -2

    /// - Parameters
    ///   - entries: all that may be in the history, by age; those that need it are answered.
    ///   - senders: each user's ids on their platforms.
    func answers(to entries: [QueueEntry], senders: [Int64: Set<String>]) -> [Int64: HistoryAnswer] {
        let asked = entries.map {
            Asked($0, places(of: $0, senders: $0.userID.flatMap { senders[$0] } ?? []))
        }
        let taken = taken(by: asked)
        let doubtful = doubtful(asked, taken)
        let open = asked.filter(\.entry.needsHistory)
        return Dictionary(
            open.map { ($0.entry.id, answer(to: $0, taken, doubtful)) },
            uniquingKeysWith: { first, _ in first })
    }

    private struct Asked {
        let entry: QueueEntry
        let places: Places?

        init(_ entry: QueueEntry, _ places: Places?) {
            self.entry = entry
            self.places = places
        }

        func free(_ taken: [Int: Int64]) -> [Int] { (places?.sure ?? []).filter { taken[$0] == nil } }
    }

    /// Where in the history a message may be.
    private struct Places {
        var sure: [Int] = []
        /// Rows that end with its words, and say more or by whom they are in
        /// a way that nobody can read.
        var unclear: [Int] = []
        /// Whether a row of its time would be among those that were read.
        var reachesBack: Bool
    }

    /// nil where nobody knows when it came.
    private func places(of entry: QueueEntry, senders: Set<String>) -> Places? {
        guard !entry.text.isEmpty, let received = entry.receivedAt.flatMap(BrocaTime.instant) else {
            return nil
        }
        let earliest = received.adding(minutes: Self.slackMinutes)
        var bySpeaker: [Speaker: [Int]] = [:]
        for (place, row) in rows.enumerated() where row.date.map({ $0 >= earliest }) != false {
            guard let head = row.userWords.flatMap({ Self.head(of: $0, before: entry.text) }) else {
                continue
            }
            bySpeaker[Speaker(head, senders), default: []].append(place)
        }
        // Words without a sender may be anybody's: somebody who wrote in ADE, say.
        let unnamed = bySpeaker[.nobody] ?? []
        return Places(
            sure: bySpeaker[.sender] ?? [], unclear: (bySpeaker[.unclear] ?? []) + unnamed,
            reachesBack: isWhole || rows.first?.date.map { $0 < earliest } == true)
    }

    // MARK: Whose row is whose

    /// Rows of messages whose answer is stored, by place: first those with that
    /// very answer behind them, then the oldest that is left. One that came
    /// before the history begins has its row there only where its answer is.
    private func taken(by asked: [Asked]) -> [Int: Int64] {
        var taken: [Int: Int64] = [:]
        let settled = asked.filter { $0.entry.isAnswered }
        for one in settled {
            let place = one.free(taken).first { answer(after: $0) == .answered(one.entry.response ?? "") }
            if let place { taken[place] = one.entry.id }
        }
        let placed = Set(taken.values)
        for one in settled where one.places?.reachesBack == true && !placed.contains(one.entry.id) {
            if let place = one.free(taken).first { taken[place] = one.entry.id }
        }
        return taken
    }

    /// Rows that more than one message may own.
    private func doubtful(_ asked: [Asked], _ taken: [Int: Int64]) -> Set<Int> {
        var claims: [Int: Int] = [:]
        for place in asked.flatMap({ self.claims(of: $0, taken) }) { claims[place, default: 0] += 1 }
        return Set(claims.filter { $0.value > 1 }.keys)
    }

    /// Of what is left: all that nobody has decided, the earlier tries of a
    /// message that is answered, and one try of a message that failed. Broca
    /// counts a try when it puts a message back, not when it takes it.
    private func claims(of one: Asked, _ taken: [Int: Int64]) -> [Int] {
        let free = one.free(taken)
        if one.entry.needsHistory { return free }
        if one.entry.isAnswered {
            guard one.entry.attempts > 0, let own = taken.first(where: { $0.value == one.entry.id })?.key
            else { return [] }
            return free.filter { $0 < own }
        }
        return one.entry.status == "failed" && one.places?.reachesBack == true ? Array(free.prefix(1)) : []
    }

    private func answer(to one: Asked, _ taken: [Int: Int64], _ doubtful: Set<Int>) -> HistoryAnswer {
        guard let places = one.places else { return .unknown }
        let free = one.free(taken)
        if let place = free.last(where: { !doubtful.contains($0) }) { return answer(after: place) }
        let isClear = free.isEmpty && places.unclear.allSatisfy { taken[$0] != nil }
        return isClear && places.reachesBack ? .unseen : .unknown
    }

    private func answer(after place: Int) -> HistoryAnswer {
        let turn = rows[(place + 1)...].prefix { $0.userWords == nil }
        let said = turn.compactMap(\.assistantWords).joined(separator: "\n")
        return said.isEmpty ? .unanswered : .answered(said)
    }

    /// What stands before the text, which is the end of the words, by bytes
    /// and behind the start, a space or the closing bracket; nil where it is not.
    static func head(of words: String, before text: String) -> String? {
        let (words, text) = (Array(words.utf8), Array(text.utf8))
        guard words.count >= text.count, words.suffix(text.count).elementsEqual(text) else { return nil }
        let head = words.dropLast(text.count)
        guard head.last.map({ [0x20, 0x0A, 0x09, 0x5D].contains($0) }) != false else { return nil }
        return String(decoding: head, as: UTF8.self)
    }
}

/// By whom a row of the history is, as far as what stands before its words says.
enum Speaker: Hashable {
    /// Whom it was asked for.
    case sender
    case nobody
    case another
    case unclear

    /// - Parameters head: `[Username: @u, Telegram ID: 42]`. senders: the ids
    ///   of one person, any of which may stand there.
    init(_ head: String, _ senders: Set<String>) {
        let head = head.drop(while: \.isWhitespace)
        guard !head.isEmpty else {
            self = .nobody
            return
        }
        guard head.first == "[", let end = head.firstIndex(of: "]") else {
            self = .unclear
            return
        }
        // An id may hold what ids are parted by: `Matrix ID: @ada:example.net`.
        for sender in senders {
            guard let found = head.firstRange(of: "ID: \(sender)]"), found.lowerBound < end else { continue }
            self = head[found.upperBound...].allSatisfy(\.isWhitespace) ? .sender : .unclear
            return
        }
        let words = head[..<end].split { " :,[]".contains($0) }.map(String.init)
        let id = words.lastIndex(of: "ID").flatMap { words.dropFirst($0 + 1).first }
        let isTheirs = id.map(senders.contains) ?? !senders.isDisjoint(with: words)
        if isTheirs {
            self = head[end...].dropFirst().allSatisfy(\.isWhitespace) ? .sender : .unclear
        } else {
            let isPart = senders.contains { sender in
                sender.contains { " :,[]".contains($0) } && id.map { sender.contains($0) } ?? true
            }
            self = id == nil || senders.isEmpty || isPart ? .unclear : .another
        }
    }
}

extension AnswerSearch {
    init<Side>(_ rows: [ListedRow<Side>], limit: Int) {
        // A listing hides the returns of `send_message`: of a full page of an
        // agent that speaks by it half may be seen.
        self.init(rows: rows.map { SaidRow($0) }, isWhole: rows.count < limit / 4)
    }
}

/// A listed row as a conversation shows it.
struct SaidRow: Sendable, Equatable {
    let date: Instant?
    let userWords: String?
    let assistantWords: String?

    init(date: Instant?, userWords: String? = nil, assistantWords: String? = nil) {
        self.date = date
        self.userWords = userWords
        self.assistantWords = assistantWords
    }

    init<Side>(_ row: ListedRow<Side>) {
        date = Instant(row.date)
        let items = (try? JSONDocument(row.items).root.elements) ?? []
        userWords = Self.words(in: items, of: "user_message").flatMap(Self.said)
        assistantWords = Self.words(in: items, of: "assistant_message")
    }

    /// What a person or a channel wrote. nil for what the server itself puts
    /// into a user's role, which begins no turn: heartbeats, logins, and the
    /// summary of a compaction, each a JSON object with its kind.
    ///
    /// Source: 0.16.8 lists a row of role `summary` as a user's, a
    /// `system_alert`; older agents pack true messages as `user_message`.
    private static func said(_ words: String) -> String? {
        guard words.first == "{", let root = try? JSONDocument(Array(words.utf8)).root,
            let type = root["type"]?.string
        else { return words }
        switch type {
        case "user_message": return root["message"]?.string ?? words
        case "heartbeat", "login", "system_alert", "function_response", "summary": return nil
        default: return words
        }
    }

    private static func words(in items: [JSONValue], of type: String) -> String? {
        let found = items.filter { $0["message_type"]?.string == type }.map { text($0["content"]) }
        return found.isEmpty ? nil : found.joined(separator: "\n")
    }

    private static func text(_ content: JSONValue?) -> String {
        content?.string ?? content?.elements.compactMap { $0["text"]?.string }.joined() ?? ""
    }
}

/// Broca writes times in three forms, all UTC and none saying so.
enum BrocaTime {
    static func instant(_ text: String) -> Instant? {
        Instant(text.hasSuffix(" UTC") ? String(text.dropLast(4)) : text)
    }
}
