/// One conversation of an agent beside its default thread.
///
/// Source: 0.16.8 `GET /v1/conversations/{id}`; the list of them leaves
/// `in_context_message_ids` empty.
public struct Conversation<Side: HomeSide>: Sendable, Equatable {
    public let id: ServerID<ConversationKind, Side>
    /// What a person calls it, where somebody gave it a name.
    public let summary: String?
    /// The rows in its context, in the model's order, its own system row first.
    public let contextIDs: [ServerID<RowKind, Side>]
    public let json: VerbatimJSON

    public init(
        id: ServerID<ConversationKind, Side>, summary: String?, contextIDs: [ServerID<RowKind, Side>],
        json: VerbatimJSON
    ) {
        self.id = id
        self.summary = summary
        self.contextIDs = contextIDs
        self.json = json
    }
}
