import LettaModel
import LosslessJSON

/// Looks for one message, and for the answer to it, in the newest rows of an
/// agent's history.
///
/// Broca puts a sender in brackets before the words, so a row is the
/// message's if its words end with it; of several, those that name the
/// sender's id count, and of these the last.
struct AnswerSearch {
    /// Oldest first.
    let rows: [SaidRow]
    /// The history has no older rows.
    let isWhole: Bool

    /// Clocks of two hosts, and whole seconds.
    private static let slackMinutes = -2

    func look(for text: String, receivedAt: String?, senderID: String?) -> HistoryAnswer {
        guard !text.isEmpty, let received = receivedAt.flatMap(BrocaTime.instant) else { return .unknown }
        let earliest = received.adding(minutes: Self.slackMinutes)
        let candidates = rows.indices.filter { place in
            rows[place].userWords.map { Self.ends($0, with: text) } == true
                && rows[place].date.map { $0 >= earliest } != false
        }
        let named = candidates.filter { place in
            senderID.map { Self.names($0, in: rows[place].userWords ?? "") } ?? false
        }
        if let place = (named.isEmpty ? candidates : named).last { return answer(after: place) }
        let reachesBack = isWhole || rows.first?.date.map { $0 < earliest } == true
        return reachesBack ? .unseen : .unknown
    }

    private func answer(after place: Int) -> HistoryAnswer {
        let turn = rows[(place + 1)...].prefix { $0.userWords == nil }
        let said = turn.compactMap(\.assistantWords).joined(separator: "\n")
        return said.isEmpty ? .unanswered : .answered(said)
    }

    /// By bytes, behind the start, a space or the closing bracket.
    private static func ends(_ words: String, with text: String) -> Bool {
        let (words, text) = (Array(words.utf8), Array(text.utf8))
        guard words.count >= text.count, words.suffix(text.count).elementsEqual(text) else { return false }
        guard let before = words.dropLast(text.count).last else { return true }
        return [0x20, 0x0A, 0x09, 0x5D].contains(before)
    }

    private static func names(_ sender: String, in words: String) -> Bool {
        guard !sender.isEmpty, words.first == "[", let end = words.firstIndex(of: "]") else { return false }
        return words[..<end].split(whereSeparator: { " :,[]".contains($0) }).contains { $0 == sender }
    }
}

extension AnswerSearch {
    init<Side>(_ rows: [ListedRow<Side>], limit: Int) {
        self.init(rows: rows.map { SaidRow($0) }, isWhole: rows.count < limit)
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
        userWords = Self.words(in: items, of: "user_message")
        assistantWords = Self.words(in: items, of: "assistant_message")
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
