public import LettaModel
import LosslessJSON

/// What is known of a conversation beside the default thread.
///
/// Source: 0.16.8 `GET /v1/conversations/{id}`.
public struct ConversationFacts: Sendable, Equatable {
    public let id: String
    /// What a person gave it as a name; nil where nobody did.
    public let summary: String?
    /// A handle, where it is not the agent's.
    public let model: String?
    public let settings: VerbatimJSON?
    public let lastMessageAt: String?
    /// Ids of the rows in its context, its own system row first.
    public let contextIDs: [String]
    /// Blocks that take the place of the agent's in this conversation.
    public let isolatedBlockIDs: [String]
    /// Ids of rows that it shares with another thread; nil where its rows were
    /// not read.
    public var sharedIDs: [String]?
    /// Of those that were read.
    public var rows: Int

    /// A list of ids longer than this is refused by a server's database
    /// (0.16.8 on Postgres: 32,767 parameters of one query).
    static let rowsAtMost = 30_000

    /// - Parameter json: as a server returns it. Nil where it names no id.
    public init?(_ json: VerbatimJSON, sharedIDs: [String]? = nil, rows: Int = 0) {
        guard let root = try? JSONDocument(json).root, let id = root["id"]?.string else { return nil }
        self.id = id
        summary = root["summary"]?.string
        model = root["model"]?.string
        settings = root["model_settings"].flatMap { $0.isNull ? nil : Array($0.raw) }
        lastMessageAt = root["last_message_at"]?.string
        contextIDs = root["in_context_message_ids"]?.elements.compactMap(\.string) ?? []
        isolatedBlockIDs = root["isolated_block_ids"]?.elements.compactMap(\.string) ?? []
        self.sharedIDs = sharedIDs
        self.rows = rows
    }

    /// `“Rome”`, or its id.
    public var name: String { summary.map { "“\($0)”" } ?? id }

    var isTooLong: Bool { max(rows, contextIDs.count) > Self.rowsAtMost }

    /// Whether it is restored, as far as it and the choices tell.
    ///
    /// - Parameter forks: whether the target can make a conversation of a
    ///   thread's context.
    public func isCarried(by choices: Choices, forks: Bool) -> Bool {
        forks && !choices.leavesConversations && sharedIDs != nil && !isTooLong
    }

    /// What it says besides its rows, as a body that says it anew; null where
    /// it says nothing.
    ///
    /// - Parameter model: the target's handle; nil leaves the agent's.
    public func body(model: String?) -> VerbatimJSON {
        let settings: JSONNode? =
            model == nil && self.model != nil ? nil : self.settings.map { .verbatim($0) }
        let body: JSONNode = [
            "summary": Self.text(summary), "model": Self.text(model), "model_settings": settings ?? .null,
            "last_message_at": Self.text(lastMessageAt.map { Instant($0)?.text ?? $0 }),
        ]
        return body.bytes()
    }

    private static func text(_ text: String?) -> JSONNode { text.map { .string($0) } ?? .null }
}

extension Choices {
    /// The target's handle for a conversation's own model: nil where it has
    /// none, or where the target offers none.
    public func model(of conversation: ConversationFacts, among offered: [ModelHandle]?) -> String? {
        guard let model = conversation.model else { return nil }
        let handle = handles.models[model] ?? model
        guard let offered else { return handle }
        return offered.contains { $0.handle == handle } ? handle : nil
    }
}

extension PlanContext {
    func brings(_ conversation: ConversationFacts) -> Bool {
        conversation.isCarried(by: choices, forks: target.abilities.forksConversations)
    }

    func model(of conversation: ConversationFacts) -> String? {
        choices.model(of: conversation, among: target.models)
    }
}
