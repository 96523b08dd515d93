public import Home
public import LettaModel
import LosslessJSON

/// Compares items that are found by name: the agent's settings, blocks,
/// tools; field by field.
public struct KeyedComparison: Sendable {
    private let kind: ComparedKind
    private let expected: [KeyedItem]
    private let announced: [AnnouncedField]
    private let marker: Marker?
    private var isPartial = false
    private var leftOut: [String: AnnouncedChange] = [:]
    private var ids: [String: String] = [:]

    private init(kind: ComparedKind, expected: [KeyedItem], announced: [AnnouncedField], marker: Marker?) {
        self.kind = kind
        self.expected = expected
        self.announced = announced
        self.marker = marker
    }

    /// The same for items that hold less than a server returns, such as those
    /// of an agent file: what they do not mention is the target's to choose.
    public var ofMentionedFields: KeyedComparison {
        var comparison = self
        comparison.isPartial = true
        return comparison
    }

    /// The same where the plan said that an item is not to arrive: one that
    /// is there all the same is a difference.
    ///
    /// - Parameter items: by key; keys that nothing expects.
    public func leavingOut(_ items: [String: AnnouncedChange]) -> KeyedComparison {
        var comparison = self
        comparison.leftOut = items
        return comparison
    }

    /// The same where an item has to be one that other agents have: what has
    /// the same content and another id is a copy, and differs.
    ///
    /// - Parameter ids: by key.
    public func being(_ ids: [String: String]) -> KeyedComparison {
        var comparison = self
        comparison.ids = ids
        return comparison
    }

    /// The agent's settings; `expected` is the state as the source returned it.
    public static func agent(
        expecting expected: VerbatimJSON, announced: [AnnouncedField] = [], marker: Marker? = nil
    ) -> KeyedComparison {
        let item = KeyedItem(key: "agent", json: expected)
        return KeyedComparison(kind: .agent, expected: [item], announced: announced, marker: marker)
    }

    /// Blocks by label; a block with its tags.
    public static func blocks(
        expecting expected: [KeyedItem], announced: [AnnouncedField] = [], marker: Marker? = nil
    ) -> KeyedComparison {
        KeyedComparison(kind: .blocks, expected: expected, announced: announced, marker: marker)
    }

    /// Tools by name. Of Letta's own tools only name and type are compared:
    /// their source belongs to the server.
    public static func tools(
        expecting expected: [KeyedItem], announced: [AnnouncedField] = [], marker: Marker? = nil
    ) -> KeyedComparison {
        KeyedComparison(kind: .tools, expected: expected, announced: announced, marker: marker)
    }

    /// Identities by key.
    public static func identities(
        expecting expected: [KeyedItem], announced: [AnnouncedField] = []
    ) -> KeyedComparison {
        KeyedComparison(kind: .identities, expected: expected, announced: announced, marker: nil)
    }

    /// Conversations by a name that `ConversationComparison` gave them.
    static func conversations(expecting expected: [KeyedItem]) -> KeyedComparison {
        KeyedComparison(kind: .conversations, expected: expected, announced: [], marker: nil)
    }

    /// - Parameter agent: what the target returned.
    public func compare(_ agent: Observed<AgentState<TargetSide>>) -> KindResult {
        compare([KeyedItem(key: "agent", json: agent.value.json)], at: agent.address)
    }

    public func compare(_ blocks: Observed<[Block<TargetSide>]>) -> KindResult {
        compare(blocks.value.map { KeyedItem(key: $0.label, json: $0.json) }, at: blocks.address)
    }

    public func compare(_ tools: Observed<[Tool<TargetSide>]>) -> KindResult {
        compare(tools.value.map { KeyedItem(key: $0.name, json: $0.json) }, at: tools.address)
    }

    public func compare(_ identities: Observed<[Identity<TargetSide>]>) -> KindResult {
        compare(identities.value.map { KeyedItem(key: $0.key, json: $0.json) }, at: identities.address)
    }

    func compare(_ found: [KeyedItem], at address: HomeAddress) -> KindResult {
        var waiting = Dictionary(grouping: found, by: \.key)
        var tally = KeyedTally(kind: kind, announced: announced)
        for item in expected {
            guard let match = waiting[item.key]?.first else {
                tally.missing(name(item.key))
                continue
            }
            waiting[item.key]?.removeFirst()
            if let id = ids[item.key], !match.has(id: id) {
                tally.other(name(item.key), than: id)
                continue
            }
            let comparison = FieldComparison(
                expected: item.json, found: withoutMarker(match.json), fields: fields(of: item))
            tally.judge(item, comparison, found: match, name: name(item.key))
        }
        for item in found where waiting[item.key]?.isEmpty == false {
            waiting[item.key]?.removeFirst()
            tally.extra(name(item.key))
        }
        let names = Set(found.map(\.key))
        for (key, change) in leftOut.sorted(by: { $0.key < $1.key }) where !names.contains(key) {
            tally.absent(change)
        }
        tally.byID = ids.count
        return tally.result(expected: expected.count, found: found.count, address: address)
    }

    func name(_ key: String) -> String { kind == .agent ? "agent" : "\(kind.singular) \(key)" }

    private func fields(of item: KeyedItem) -> ComparedFields {
        let fields: ComparedFields =
            switch kind {
            case .agent: .agent
            case .blocks: .block
            case .identities: .identity
            case .conversations: .conversation
            default: isBuiltIn(item) ? .builtInTool : .tool
            }
        return isPartial ? fields.withoutUnmentioned() : fields
    }

    private func isBuiltIn(_ item: KeyedItem) -> Bool {
        guard let document = try? JSONDocument(item.json) else { return false }
        return document.root["tool_type"]?.string?.hasPrefix("letta_") == true
    }

    /// While a run is under way its marker stands among the tags.
    private func withoutMarker(_ json: VerbatimJSON) -> VerbatimJSON {
        guard let marker, let document = try? JSONDocument(json), let tags = document.root["tags"] else {
            return json
        }
        let kept = tags.elements.filter { $0.string != marker.description }
        guard kept.count < tags.count else { return json }
        var patched = JSONNode.shallow(document.root)
        patched["tags"] = .array(kept.map { JSONNode($0) })
        return patched.bytes()
    }
}
