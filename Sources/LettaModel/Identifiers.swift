/// Which end of a move a value belongs to.
///
/// Ids of the two ends never share a Swift type, so an id of the source
/// cannot be sent to the target by mistake; the journal's id map is the only
/// bridge.
public protocol HomeSide: Sendable {
    /// `source` or `target`, as written in the journal and in reports.
    static var name: String { get }
}

/// The end that is read and never changed.
public enum SourceSide: HomeSide {
    public static let name = "source"
}

/// The end that is written to.
public enum TargetSide: HomeSide {
    public static let name = "target"
}

/// A kind of thing that a Letta server gives an id to.
public protocol ItemKind: Sendable {
    /// Singular, in Letta's word: `agent`, `message`, `passage`.
    static var name: String { get }
}

public enum AgentKind: ItemKind { public static let name = "agent" }
public enum RowKind: ItemKind { public static let name = "message" }
public enum BlockKind: ItemKind { public static let name = "block" }
public enum ToolKind: ItemKind { public static let name = "tool" }
public enum PassageKind: ItemKind { public static let name = "passage" }
public enum ArchiveKind: ItemKind { public static let name = "archive" }
public enum IdentityKind: ItemKind { public static let name = "identity" }
public enum ConversationKind: ItemKind { public static let name = "conversation" }

/// An id that a server minted, such as `agent-6f1c…`; opaque.
public struct ServerID<Kind: ItemKind, Side: HomeSide>: Hashable, Sendable, CustomStringConvertible {
    public let raw: String

    public init(_ raw: String) {
        self.raw = raw
    }

    public var description: String { raw }
}

public typealias SourceID<Kind: ItemKind> = ServerID<Kind, SourceSide>
public typealias TargetID<Kind: ItemKind> = ServerID<Kind, TargetSide>
