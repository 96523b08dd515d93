/// A value that is being built or patched. Ordered; parts that come from a
/// document stay in it byte for byte.
public indirect enum JSONNode: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number as it shall be written.
    case number(String)
    case string(String)
    case array([JSONNode])
    case object([JSONMember])
    /// One valid JSON value, written as it is.
    case verbatim([UInt8])

    /// The value byte for byte.
    public init(_ value: JSONValue) {
        self = .verbatim(Array(value.raw))
    }

    /// An object or array whose children are verbatim, to patch one level of
    /// it; a scalar is verbatim itself.
    public static func shallow(_ value: JSONValue) -> JSONNode {
        switch value.kind {
        case .object:
            var members: [JSONMember] = []
            members.reserveCapacity(value.count)
            value.forEachChild { key, child in
                if let key { members.append(JSONMember(key: key, value: JSONNode(child))) }
            }
            return .object(members)
        case .array: return .array(value.elements.map { JSONNode($0) })
        default: return JSONNode(value)
        }
    }

    public static func int(_ value: Int) -> JSONNode { .number(String(value)) }

    /// A member of an object, the last of that name; nil if there is none or
    /// this is no object. A verbatim object is looked into as well.
    ///
    /// Setting replaces the last member of that name in place and removes
    /// other members of the name, or appends; setting nil removes. On
    /// anything but an object setting has no effect.
    public subscript(_ key: String) -> JSONNode? {
        get { opened.members?.last { $0.hasKey(key) }?.value }
        set {
            guard var members = opened.members else { return }
            guard let place = members.lastIndex(where: { $0.hasKey(key) }) else {
                if let newValue { self = .object(members + [JSONMember(key: key, value: newValue)]) }
                return
            }
            if let newValue { members[place].value = newValue }
            let kept = newValue == nil ? nil : place
            let rest = members.indices.filter { $0 == kept || !members[$0].hasKey(key) }
            self = .object(rest.map { members[$0] })
        }
    }

    /// The members of an object; nil if this is none or is verbatim.
    public var members: [JSONMember]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// This node with its outermost level taken apart, if it was verbatim.
    private var opened: JSONNode {
        guard case .verbatim(let bytes) = self, let document = try? JSONDocument(bytes) else { return self }
        return .shallow(document.root)
    }

    public func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    public func text() -> String { String(decoding: bytes(), as: UTF8.self) }

    /// Appends the value without white space (but for what is verbatim).
    public func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let lexeme): bytes.append(contentsOf: lexeme.utf8)
        case .string(let text): StringLiteral.append(text, to: &bytes)
        case .verbatim(let raw): bytes.append(contentsOf: raw)
        case .array(let elements): JSONNode.write(elements, into: &bytes)
        case .object(let members): JSONNode.write(members, into: &bytes)
        }
    }

    private static func write(_ elements: [JSONNode], into bytes: inout [UInt8]) {
        bytes.append(Byte.openArray)
        for (place, element) in elements.enumerated() {
            if place > 0 { bytes.append(Byte.comma) }
            element.write(into: &bytes)
        }
        bytes.append(Byte.closeArray)
    }

    private static func write(_ members: [JSONMember], into bytes: inout [UInt8]) {
        bytes.append(Byte.openObject)
        for (place, member) in members.enumerated() {
            if place > 0 { bytes.append(Byte.comma) }
            member.writeKey(into: &bytes)
            bytes.append(Byte.colon)
            member.value.write(into: &bytes)
        }
        bytes.append(Byte.closeObject)
    }
}

/// A member of an object that is being built.
public struct JSONMember: Sendable, Equatable {
    public var key: String { didSet { lexeme = nil } }
    public var value: JSONNode
    /// How the document spelled a key that has escapes: a lone surrogate in
    /// it has no other spelling.
    private var lexeme: [UInt8]?

    public init(key: String, value: JSONNode) {
        self.key = key
        self.value = value
    }

    init(key: JSONValue, value: JSONNode) {
        self.key = key.string ?? ""
        self.value = value
        if key.text.tokens[key.index].isEscaped { lexeme = Array(key.raw) }
    }

    /// By bytes: `==` on strings would take canonically equivalent ones for one.
    func hasKey(_ wanted: String) -> Bool { key.utf8.elementsEqual(wanted.utf8) }

    func writeKey(into bytes: inout [UInt8]) {
        if let lexeme { bytes.append(contentsOf: lexeme) } else { StringLiteral.append(key, to: &bytes) }
    }
}

extension JSONNode: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(String(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONNode...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONNode)...) {
        self = .object(elements.map { JSONMember(key: $0.0, value: $0.1) })
    }
    public init(nilLiteral: ()) { self = .null }
}
