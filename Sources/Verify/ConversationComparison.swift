public import Home
public import LettaModel
import LosslessJSON

/// Compares conversations: what they are called, which model they have, and
/// which messages of the agent's history they hold, in which order.
///
/// An id says nothing here, since every server makes its own: two are the same
/// conversation where they hold the same messages, or else bear one name.
public struct ConversationComparison: Sendable {
    public struct Item: Sendable, Equatable {
        /// `“Rome”`, or its id.
        public let name: String
        /// `{"summary", "model", "model_settings", "last_message_at"}`.
        public let json: VerbatimJSON
        /// Places in the agent's history, from 0; nil for a message that is
        /// not in it.
        public let messages: [Int?]

        public init(name: String, json: VerbatimJSON, messages: [Int?]) {
            self.name = name
            self.json = json
            self.messages = messages
        }
    }

    private let expected: [Item]
    /// A name for each that is expected, no two the same.
    let names: [String]

    public init(expecting expected: [Item]) {
        self.expected = expected
        var count: [String: Int] = [:]
        names = expected.map { item in
            count[item.name, default: 0] += 1
            let number = count[item.name] ?? 1
            return number == 1 ? item.name : "\(item.name) (\(number))"
        }
    }

    public func compare(_ found: Observed<[Item]>) -> KindResult {
        compare(found.value, at: found.address)
    }

    func compare(_ found: [Item], at address: HomeAddress) -> KindResult {
        KeyedComparison.conversations(
            expecting: zip(names, expected).map { KeyedItem(key: $0, json: Self.json($1)) }
        ).compare(zip(keys(of: found), found).map { KeyedItem(key: $0, json: Self.json($1)) }, at: address)
    }

    /// For each that was found the name of the one that it is.
    private func keys(of found: [Item]) -> [String] {
        var free = Set(expected.indices)
        var keys = [String?](repeating: nil, count: found.count)
        func pair(_ isSame: (Item, Item) -> Bool) {
            for place in found.indices where keys[place] == nil {
                guard let one = free.sorted().first(where: { isSame(expected[$0], found[place]) }) else {
                    continue
                }
                free.remove(one)
                keys[place] = names[one]
            }
        }
        pair { $0.messages == $1.messages && $0.name == $1.name }
        pair { $0.messages == $1.messages }
        pair { $0.name == $1.name }
        // A name that nothing bears: it counts as one too many.
        return zip(keys, found).enumerated().map { place, pair in
            pair.0 ?? "\(pair.1.name) [\(place + 1)]"
        }
    }

    private static func json(_ item: Item) -> VerbatimJSON {
        guard let root = try? JSONDocument(item.json).root else { return item.json }
        var json = JSONNode.shallow(root)
        json["messages"] = .array(item.messages.map { $0.map { .int($0 + 1) } ?? .null })
        return json.bytes()
    }
}
