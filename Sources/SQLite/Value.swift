/// A value to be bound to a placeholder.
public enum Value: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    public static func int(_ value: Int?) -> Value { value.map { .integer(Int64($0)) } ?? .null }
    public static func int(_ value: Int64?) -> Value { value.map { .integer($0) } ?? .null }
    public static func string(_ value: String?) -> Value { value.map { .text($0) } ?? .null }
    public static func bytes(_ value: [UInt8]?) -> Value { value.map { .blob($0) } ?? .null }
    public static func flag(_ value: Bool) -> Value { .integer(value ? 1 : 0) }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(nilLiteral: ()) { self = .null }
}
