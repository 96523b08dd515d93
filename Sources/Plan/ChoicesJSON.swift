public import LosslessJSON

/// The form in the journal: names and words, never a secret's value.
extension Choices {
    public var json: JSONNode {
        [
            "tools": .string(tools.rawValue),
            "model": model.map { .string($0) } ?? .null,
            "embedding": embedding.map { .string($0) } ?? .null,
            "map": [
                "models": Self.json(handles.models), "embeddings": Self.json(handles.embeddings),
            ],
            "identities": .string(leavesIdentities ? "leave" : "bring"),
            "convert_legacy": .bool(convertsLegacy),
            "conversations": .string(leavesConversations ? "leave" : "bring"),
            "as": name.map { .string($0) } ?? .null,
            "secrets": .array(secrets.sorted().map { .string($0) }),
            "copy_secrets": .bool(copiesSecrets),
            "accept": acceptance.json,
            "reader": .string(reader.rawValue),
            "live": live.json,
        ]
    }

    private static func json(_ handles: [String: String]) -> JSONNode {
        .object(
            handles.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .string($0.value)) })
    }

    /// Nil where a key is missing or a word is not known.
    public init?(_ value: JSONValue) {
        guard let tools = value["tools"]?.string.flatMap(Tools.init(rawValue:)),
            let reader = value["reader"]?.string.flatMap(RowFacts.Reader.init(rawValue:)),
            let copies = value["copy_secrets"]?.bool, let accept = value["accept"].flatMap(Acceptance.init),
            let live = value["live"].flatMap(Live.init), let secrets = value["secrets"]
        else { return nil }
        self.init(
            tools: tools, model: value["model"]?.string, embedding: value["embedding"]?.string,
            name: value["as"]?.string, secrets: Set(secrets.elements.compactMap(\.string)),
            copiesSecrets: copies,
            acceptance: accept, reader: reader, live: live)
        convertsLegacy = value["convert_legacy"]?.bool ?? false
    }
}

extension Choices.Acceptance {
    var json: JSONNode {
        switch self {
        case .all: "all"
        case .ids(let ids): .array(ids.sorted().map { .string($0) })
        }
    }

    init?(_ value: JSONValue) {
        switch value.kind {
        case .array: self = .ids(Set(value.elements.compactMap(\.string)))
        case .string where value.string == "all": self = .all
        default: return nil
        }
    }
}

extension Choices.Live {
    var json: JSONNode {
        switch self {
        case .off: false
        case .baseTool: true
        case .tool(let name): .string(name)
        }
    }

    init?(_ value: JSONValue) {
        if let name = value.string {
            self = .tool(name)
        } else if let isOn = value.bool {
            self = isOn ? .baseTool : .off
        } else {
            return nil
        }
    }
}
