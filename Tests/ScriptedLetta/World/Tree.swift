import LosslessJSON

// JSON as the scripted server works on it: taken apart wholly, since it
// looks into nearly everything it is sent.
extension JSONNode {
    init(deep value: JSONValue) {
        switch value.kind {
        case .object:
            self = .object(value.members.map { JSONMember(key: $0.key, value: JSONNode(deep: $0.value)) })
        case .array: self = .array(value.elements.map { JSONNode(deep: $0) })
        case .string:
            // A lone surrogate has no other spelling than its own.
            let text = value.string ?? ""
            self = text.contains("\u{FFFD}") ? .verbatim(Array(value.raw)) : .string(text)
        case .number: self = .number(value.lexeme ?? "0")
        case .bool: self = .bool(value.bool ?? false)
        case .null: self = .null
        }
    }

    /// nil where the text is no JSON.
    init?(parsing bytes: [UInt8]) {
        guard let document = try? JSONDocument(bytes) else { return nil }
        self.init(deep: document.root)
    }

    init?(parsing text: String) { self.init(parsing: Array(text.utf8)) }

    var string: String? {
        switch self {
        case .string(let text): text
        case .verbatim(let raw): (try? JSONDocument(raw))?.root.string
        default: nil
        }
    }

    var elements: [JSONNode] { if case .array(let elements) = self { elements } else { [] } }
    var strings: [String] { elements.compactMap(\.string) }
    var isNull: Bool { self == .null }
    var isObject: Bool { members != nil }
    var isArray: Bool { if case .array = self { true } else { false } }
    var isString: Bool { string != nil }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var int: Int? { if case .number(let lexeme) = self { Int(lexeme) } else { nil } }
    var isNumber: Bool { if case .number = self { true } else { false } }

    /// The member, unless it is missing or null.
    func given(_ key: String) -> JSONNode? {
        // A bare nil would be JSON's null here.
        guard let value = self[key], !value.isNull else { return Optional.none }
        return value
    }

    static func strings(_ texts: [String]) -> JSONNode { .array(texts.map { .string($0) }) }

    /// As Python's `"x" or None`.
    static func optional(_ text: String?) -> JSONNode { text.map { .string($0) } ?? .null }
}
