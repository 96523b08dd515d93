public import LettaModel

/// What a document of a snapshot is about.
public enum DocumentKind: Hashable, Sendable {
    /// `GET /agents/{id}`.
    case agent
    /// The agent's own export without its messages.
    case exportShell
    case block
    case tool
    case surrounding(Surrounding.Kind)
    case counts
    case models
    case embeddingModels
    case abilities
    /// A stretch of the history that the source cannot list.
    case gap
    /// The rows that a conversation shares with another thread.
    case conversationRows

    /// As written in the file: `agent`, `surrounding:conversation`.
    public var name: String {
        switch self {
        case .agent: "agent"
        case .exportShell: "export-shell"
        case .block: "block"
        case .tool: "tool"
        case .surrounding(let kind): "surrounding:\(kind.rawValue)"
        case .counts: "counts"
        case .models: "models"
        case .embeddingModels: "embedding-models"
        case .abilities: "abilities"
        case .gap: "gap"
        case .conversationRows: "conversation-rows"
        }
    }
}

/// A thing to be stored whole, such as a block or the agent's state.
public struct Document: Sendable, Equatable {
    public let kind: DocumentKind
    /// The source's id, or any word that is unique within the kind.
    public let key: String
    /// What a person calls it; no content.
    public let name: String
    /// Its place in the order of its kind.
    public let position: Int
    public let json: VerbatimJSON

    public init(kind: DocumentKind, key: String, name: String, position: Int = 0, json: VerbatimJSON) {
        self.kind = kind
        self.key = key
        self.name = name
        self.position = position
        self.json = json
    }
}

/// A document as read back: secret values are cut out of `document.json`.
public struct StoredDocument: Sendable, Equatable {
    public let document: Document
    public let digest: ContentDigest
    /// Names of the secret values that were cut out.
    public let cuts: [String]
}

/// A secret value that was not stored.
public struct CutSecret: Sendable, Hashable {
    public let kind: DocumentKind
    public let key: String
    /// `secrets.OPENAI_KEY`, `files.auth_token`.
    public let name: String

    public init(kind: DocumentKind, key: String, name: String) {
        self.kind = kind
        self.key = key
        self.name = name
    }
}
