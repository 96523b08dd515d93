#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A point in time to the microsecond, as Letta writes it.
///
/// **Shape**: `2026-05-02T10:11:12.345678+00:00`, `…Z`, or without a zone,
/// which Letta reads as UTC. **Units**: microseconds since 1970, UTC.
public struct Instant: Hashable, Comparable, Sendable {
    public let microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Nil for what is no ISO 8601 date and time; digits past the sixth of
    /// the fraction are dropped.
    public init?(_ text: String) {
        var scanner = Scanner(Array(text.utf8))
        guard let year = scanner.number(4), scanner.take(0x2D), let month = scanner.number(2),
            scanner.take(0x2D),
            let day = scanner.number(2), scanner.takeSeparator(), let hour = scanner.number(2),
            scanner.take(0x3A),
            let minute = scanner.number(2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var second = 0
        if scanner.take(0x3A) {
            guard let value = scanner.number(2) else { return nil }
            second = value
        }
        guard let fraction = scanner.fraction(), let offset = scanner.zone(), scanner.isAtEnd else {
            return nil
        }
        let days = Self.days(year, month, day)
        let seconds = days * 86400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset)
        microseconds = seconds * 1_000_000 + Int64(fraction)
    }

    /// The clock of this machine.
    public static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// - Parameter minutes: negative for earlier.
    public func adding(minutes: Int) -> Instant {
        Instant(microseconds: microseconds + Int64(minutes) * 60_000_000)
    }

    public static func < (one: Instant, other: Instant) -> Bool { one.microseconds < other.microseconds }

    /// `2026-05-02T10:11:12.345678+00:00`; the fraction is left out when it
    /// is zero.
    public var text: String {
        let (days, rest) = Self.floorDivide(microseconds, 86_400_000_000)
        let (year, month, day) = Self.civil(days)
        let seconds = rest / 1_000_000
        let date = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))"
        let time =
            "\(Self.pad(seconds / 3600, 2)):\(Self.pad(seconds / 60 % 60, 2)):\(Self.pad(seconds % 60, 2))"
        let fraction = rest % 1_000_000 == 0 ? "" : "." + Self.pad(rest % 1_000_000, 6)
        return "\(date)T\(time)\(fraction)+00:00"
    }

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> (Int64, Int64) {
        let quotient = value >= 0 ? value / by : -((-value + by - 1) / by)
        return (quotient, value - quotient * by)
    }

    /// Days since 1970-01-01 in the Gregorian calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let (era, yearOfEra) = floorDivide(shifted, 400)
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146097 + dayOfEra - 719_468
    }

    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        mutating func takeSeparator() -> Bool { take(0x54) || take(0x74) || take(0x20) }

        mutating func number(_ digits: Int) -> Int? {
            guard position + digits <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<position + digits] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            position += digits
            return value
        }

        /// Microseconds; zero where there is no fraction.
        mutating func fraction() -> Int? {
            guard take(0x2E) || take(0x2C) else { return 0 }
            var value = 0
            var count = 0
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
                if count < 6 { value = value * 10 + Int(bytes[position] - 0x30) }
                count += 1
                position += 1
            }
            guard count > 0 else { return nil }
            for _ in 0..<max(0, 6 - count) { value *= 10 }
            return value
        }

        /// Seconds east of UTC; zero where no zone is named.
        mutating func zone() -> Int? {
            if isAtEnd || take(0x5A) || take(0x7A) { return 0 }
            let sign = take(0x2B) ? 1 : (take(0x2D) ? -1 : 0)
            guard sign != 0, let hours = number(2) else { return nil }
            _ = take(0x3A)
            return sign * (hours * 3600 + (number(2) ?? 0) * 60)
        }
    }
}
