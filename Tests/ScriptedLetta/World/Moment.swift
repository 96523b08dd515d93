/// A point of time as Postgres keeps it.
struct Moment: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z.
    let microseconds: Int64

    init(microseconds: Int64) { self.microseconds = microseconds }

    /// ISO 8601; without a zone it is UTC. nil where it is none.
    init?(_ text: String) {
        var rest = Substring(text)
        guard let year = rest.digits(4), rest.take("-"), let month = rest.digits(2), rest.take("-"),
            let day = rest.digits(2), (1...12).contains(month), (1...31).contains(day),
            rest.take("T") || rest.take(" "), let hour = rest.digits(2), rest.take(":"),
            let minute = rest.digits(2)
        else { return nil }
        var second = 0
        var fraction = 0
        if rest.take(":") {
            guard let value = rest.digits(2) else { return nil }
            second = value
            if rest.take(".") { fraction = rest.fraction() }
        }
        guard let offset = rest.zone(), rest.isEmpty else { return nil }
        let days = Self.days(year, month, day)
        let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
        microseconds = Int64(seconds) * 1_000_000 + Int64(fraction)
    }

    static func < (one: Moment, other: Moment) -> Bool { one.microseconds < other.microseconds }

    /// As Python's `isoformat`: no fraction where it is zero.
    var text: String { stamp(fraction: true) + "+00:00" }
    /// Whole seconds, as the listing cuts them.
    var cut: String { stamp(fraction: false) + "+00:00" }
    /// With `Z`, as pydantic writes rows of tables.
    var zulu: String { stamp(fraction: true) + "Z" }

    /// With an offset in hours, as the archival search shows the agent's zone.
    func shown(offset hours: Int) -> String {
        let local = Moment(microseconds: microseconds + Int64(hours) * 3_600_000_000)
        let sign = hours < 0 ? "-" : "+"
        return local.stamp(fraction: true) + "\(sign)\(Self.padded(abs(hours), 2)):00"
    }

    private func stamp(fraction: Bool) -> String {
        String(decoding: bytes(fraction: fraction && microseconds % 1_000_000 != 0), as: UTF8.self)
    }

    /// `2026-05-02T10:11:12` or `2026-05-02T10:11:12.345678`.
    func bytes(fraction: Bool) -> [UInt8] {
        let day = Int((microseconds - (microseconds < 0 ? 86_399_999_999 : 0)) / 86_400_000_000)
        let rest = Int(microseconds - Int64(day) * 86_400_000_000)
        let (year, month, dayOfMonth) = Self.civil(day)
        let seconds = rest / 1_000_000
        var bytes: [UInt8] = []
        bytes.reserveCapacity(26)
        Self.append(year, 4, to: &bytes)
        bytes.append(0x2D)
        Self.append(month, 2, to: &bytes)
        bytes.append(0x2D)
        Self.append(dayOfMonth, 2, to: &bytes)
        bytes.append(0x54)
        Self.append(seconds / 3600, 2, to: &bytes)
        bytes.append(0x3A)
        Self.append(seconds / 60 % 60, 2, to: &bytes)
        bytes.append(0x3A)
        Self.append(seconds % 60, 2, to: &bytes)
        guard fraction else { return bytes }
        bytes.append(0x2E)
        Self.append(rest % 1_000_000, 6, to: &bytes)
        return bytes
    }

    private static func append(_ value: Int, _ width: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(0x30 + value / divisor % 10))
            divisor /= 10
        }
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (
            yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth,
            dayOfYear - (153 * month + 2) / 5 + 1
        )
    }
}

extension Substring {
    fileprivate mutating func take(_ character: Character) -> Bool {
        guard first == character else { return false }
        removeFirst()
        return true
    }

    fileprivate mutating func digits(_ count: Int) -> Int? {
        let digits = prefix(count)
        guard digits.count == count, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        removeFirst(count)
        return Int(digits)
    }

    /// Microseconds.
    fileprivate mutating func fraction() -> Int {
        let digits = prefix { $0.isASCII && $0.isNumber }
        removeFirst(digits.count)
        return Int((digits + "000000").prefix(6)) ?? 0
    }

    /// Seconds east; zero where none is named.
    fileprivate mutating func zone() -> Int? {
        if isEmpty || take("Z") { return 0 }
        let sign = take("+") ? 1 : (take("-") ? -1 : 0)
        guard sign != 0, let hours = digits(2) else { return nil }
        _ = take(":")
        return sign * (hours * 3600 + (digits(2) ?? 0) * 60)
    }
}
