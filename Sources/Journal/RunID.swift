public import LettaModel

/// The name of a run: eleven letters and digits, in order of time, fit to
/// stand in names on servers (`ferry-<run>-1`).
public struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let raw: String

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// - Parameter raw: 1 to 32 letters (lower case) and digits.
    public init?(_ raw: String) {
        let fits = raw.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
        guard fits, (1...32).contains(raw.utf8.count) else { return nil }
        self.raw = raw
    }

    /// Seven digits of seconds since 1970 and four of chance, in base 32.
    public init(at time: Instant, using random: inout some RandomNumberGenerator) {
        let seconds = Self.digits(UInt64(max(0, time.microseconds / 1_000_000)), width: 7)
        let chance = Self.digits(random.next(), width: 4)
        raw = String(decoding: seconds + chance, as: UTF8.self)
    }

    private static func digits(_ value: UInt64, width: Int) -> [UInt8] {
        (0..<width).reversed().map { alphabet[Int(value >> (5 * UInt64($0)) & 31)] }
    }

    public static func < (left: RunID, right: RunID) -> Bool { left.raw < right.raw }

    public var description: String { raw }
}
