public import LettaModel
import LosslessJSON

/// What an identity says: its key, name, kind and properties.
///
/// Source: 0.16.8 `GET /v1/identities/{id}`. `identifier_key` is unique on a
/// server: an identity of the same key is the same person.
public struct IdentityFacts: Sendable, Equatable {
    public let id: String
    public let key: String
    public let name: String
    /// `{"identifier_key", "name", "identity_type", "properties"}`: the body
    /// that makes it anew.
    public let body: VerbatimJSON
    /// Blocks that hang on it, and not on the agent.
    public let blockIDs: [String]
    /// The same in canonical form, properties in an order of their own: equal
    /// for two that say the same.
    public let content: [UInt8]

    /// - Parameter json: as a server returns it. Nil where it names no key.
    public init?(_ json: VerbatimJSON) {
        guard let root = try? JSONDocument(json).root, let key = root["identifier_key"]?.string else {
            return nil
        }
        id = root["id"]?.string ?? key
        self.key = key
        name = root["name"]?.string ?? key
        blockIDs = root["block_ids"]?.elements.compactMap(\.string) ?? []
        let properties = (root["properties"]?.elements ?? []).map(Self.property)
        body = Self.body(root, properties)
        let sorted = properties.sorted { $0.bytes().lexicographicallyPrecedes($1.bytes()) }
        let form = Self.body(root, sorted)
        content = (try? JSONDocument(form)).map { Canonical.bytes($0.root) } ?? form
    }

    /// A property held something like a password, which no snapshot keeps:
    /// what is left of it is not what the source says.
    public var isCut: Bool {
        guard let root = try? JSONDocument(body).root else { return false }
        return Self.holdsCut(root)
    }

    private static func holdsCut(_ value: JSONValue) -> Bool {
        if let text = value.string { return CutMarker.isIn(text) }
        return value.elements.contains(where: holdsCut) || value.members.contains { holdsCut($0.value) }
    }

    /// Key, name, kind and each property are equal; the order of properties
    /// means nothing.
    public func saysTheSame(as other: IdentityFacts) -> Bool { content == other.content }

    private static func body(_ root: JSONValue, _ properties: [JSONNode]) -> VerbatimJSON {
        var body: JSONNode = [:]
        for field in ["identifier_key", "name", "identity_type"] {
            if let value = root[field], !value.isNull { body[field] = JSONNode(value) }
        }
        if !properties.isEmpty { body["properties"] = .array(properties) }
        return body.bytes()
    }

    private static func property(_ value: JSONValue) -> JSONNode {
        var property: JSONNode = [:]
        for field in ["key", "value", "type"] { property[field] = value[field].map { JSONNode($0) } }
        return property
    }
}

extension SourceInventory {
    /// The identities that are attached to the agent.
    public var identities: [IdentityFacts] { surroundings.identities }
}

extension [Surrounding] {
    public var identities: [IdentityFacts] {
        filter { $0.kind == .identity }.compactMap { IdentityFacts($0.json) }
    }
}

extension PlanContext {
    /// The target's identity of the same key, if it has one.
    func counterpart(of identity: IdentityFacts) -> IdentityFacts? {
        target.identities.first { $0.key == identity.key }
    }

    /// Whether it arrives at all: made anew, or found there.
    func brings(_ identity: IdentityFacts) -> Bool {
        !choices.leavesIdentities && !identity.isCut
            && (target.abilities.makesIdentities || counterpart(of: identity) != nil)
    }

    func isOther(_ identity: IdentityFacts) -> Bool {
        !choices.leavesIdentities && !identity.isCut
            && (counterpart(of: identity).map { !$0.saysTheSame(as: identity) } ?? false)
    }
}
