import Hashing
import LettaModel
import LosslessJSON

/// What of a block has to be equal at both ends, and the body that makes it.
enum BlockContent {
    /// In the metadata of every block that ferry made for a user: the id
    /// that it had at the source.
    static let origin = "migrated_from"

    private static let kept = ["label", "value", "limit", "description", "read_only", "hidden"]

    /// - Parameters tags: the marker's, beside the block's own.
    static func body(of json: VerbatimJSON, from old: String, tags: [String]) throws -> VerbatimJSON {
        let root = try JSONDocument(json).root
        var body: JSONNode = [:]
        for key in kept {
            if let value = root[key], !value.isNull { body[key] = JSONNode(value) }
        }
        body["metadata"] = metadata(of: root, from: old)
        body["tags"] = .array((ownTags(root) + tags).map { .string($0) })
        return body.bytes()
    }

    /// The least that Broca's own code would make for a new user.
    static func rebuilt(for user: ChatUser, from old: String, tags: [String]) -> VerbatimJSON {
        let core: JSONNode = [
            "type": "human_core", "data": ["name": .string(user.name), "created_at": nil, "content": ""],
        ]
        let body: JSONNode = [
            "label": "human", "value": .string(core.text()),
            "metadata": [origin: .string(old), "rebuilt": true],
            "tags": .array(tags.map { .string($0) }),
        ]
        return body.bytes()
    }

    static func ownTags(_ json: JSONValue) -> [String] {
        (json["tags"]?.elements ?? []).compactMap(\.string).filter { Marker($0) == nil && !isRunTag($0) }
    }

    private static func isRunTag(_ tag: String) -> Bool {
        tag.hasPrefix("ferry-") && RunTagText.isOne(tag)
    }

    static func origin(of json: VerbatimJSON) -> String? {
        (try? JSONDocument(json).root)?["metadata"]?[origin]?.string
    }

    private static func metadata(of root: JSONValue, from old: String) -> JSONNode {
        var metadata: JSONNode = root["metadata"].map { $0.kind == .object ? .shallow($0) : [:] } ?? [:]
        metadata[origin] = .string(old)
        return metadata
    }

    /// Names of the fields in which the two differ; the marker's own do not
    /// count.
    static func differences(_ old: VerbatimJSON, _ new: VerbatimJSON) throws -> [String] {
        let (old, new) = (try JSONDocument(old).root, try JSONDocument(new).root)
        var found = kept.filter { key in
            !equal(plain(old[key]), plain(new[key]))
        }
        let (before, after) = (old["metadata"], new["metadata"])
        if !equal(metadata(before), metadata(after)) { found.append("metadata") }
        if Set(ownTags(old)) != Set(ownTags(new)) { found.append("tags") }
        return found
    }

    /// A member that is missing is one that is null.
    private static func plain(_ value: JSONValue?) -> [UInt8] {
        value.map { $0.isNull ? [] : Canonical.bytes($0, dropping: []) } ?? []
    }

    private static func metadata(_ value: JSONValue?) -> [UInt8] {
        guard let value, value.kind == .object else { return [] }
        let bytes = Canonical.bytes(value, dropping: [origin])
        return bytes == Array("{}".utf8) ? [] : bytes
    }

    private static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool { one == other }
}

/// `ferry-<run>`: what `Marker.runTag` makes.
enum RunTagText {
    static func isOne(_ tag: String) -> Bool {
        let run = tag.dropFirst("ferry-".count)
        return !run.isEmpty
            && run.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    }
}

/// The body of an identity.
enum IdentityContent {
    static func body(of json: VerbatimJSON) throws -> VerbatimJSON {
        let root = try JSONDocument(json).root
        var body: JSONNode = [:]
        for key in ["identifier_key", "name", "identity_type"] {
            if let value = root[key], !value.isNull { body[key] = JSONNode(value) }
        }
        if let properties = root["properties"], properties.count > 0 {
            body["properties"] = JSONNode(properties)
        }
        return body.bytes()
    }

    static func rebuilt(for user: ChatUser) -> VerbatimJSON {
        (["identifier_key": .string(user.rebuiltKey), "name": .string(user.name), "identity_type": "user"]
            as JSONNode).bytes()
    }

    /// Of what a server shows as it was sent: name, type, and each property's
    /// key, value and type, in whatever order.
    static func digest(of json: VerbatimJSON) throws -> String {
        let root = try JSONDocument(json).root
        var bytes = plain(root, ["identifier_key", "name", "identity_type"])
        let properties = (root["properties"]?.elements.map { plain($0, ["key", "value", "type"]) }) ?? []
        for property in properties.sorted(by: { $0.lexicographicallyPrecedes($1) }) { bytes += property }
        return ContentDigest.ofBytes(bytes).description
    }

    /// A member that is missing is one that is null.
    private static func plain(_ value: JSONValue, _ fields: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in fields {
            if let member = value[field], !member.isNull { bytes += Canonical.bytes(member, dropping: []) }
            bytes.append(0)
        }
        return bytes
    }

    static func differences(_ old: VerbatimJSON, _ new: VerbatimJSON) throws -> [String] {
        let (old, new) = (try JSONDocument(old).root, try JSONDocument(new).root)
        return ["identifier_key", "name", "identity_type"].filter { old[$0]?.string != new[$0]?.string }
    }
}
