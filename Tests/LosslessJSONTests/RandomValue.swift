/// Random numbers that are the same on every run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
}

/// A JSON value without its spelling.
indirect enum RandomValue {
    case null
    case bool(Bool)
    /// Digits without zeros at either end, times ten to the exponent.
    case number(isNegative: Bool, digits: String, exponent: Int)
    /// UTF-16, so that surrogates can be alone.
    case string([UInt16])
    case array([RandomValue])
    case object([(key: [UInt16], value: RandomValue)])

    static func make(_ random: inout Seeded, depth: Int = 4) -> RandomValue {
        switch random.below(depth > 0 ? 9 : 6) {
        case 0: return .null
        case 1: return .bool(random.chance(2))
        case 2, 3: return number(&random)
        case 4, 5: return .string(text(&random))
        case 6: return .array((0..<random.below(5)).map { _ in make(&random, depth: depth - 1) })
        default: return .object(members(&random, depth: depth))
        }
    }

    private static func number(_ random: inout Seeded) -> RandomValue {
        if random.chance(6) { return .number(isNegative: random.chance(2), digits: "", exponent: 0) }
        var digits = (0..<1 + random.below(random.chance(5) ? 45 : 6)).map { _ in String(random.below(10)) }
        digits[0] = String(1 + random.below(9))
        digits[digits.count - 1] = String(1 + random.below(9))
        let exponent = random.chance(4) ? random.below(120) - 60 : random.below(8) - 4
        return .number(isNegative: random.chance(3), digits: digits.joined(), exponent: exponent)
    }

    private static func members(_ random: inout Seeded, depth: Int) -> RandomValue.Members {
        let count = random.chance(8) ? 30 : random.below(5)
        var seen: Set<[UInt16]> = []
        var members: Members = []
        for _ in 0..<count {
            let key = text(&random)
            if seen.insert(key).inserted { members.append((key, make(&random, depth: depth - 2))) }
        }
        return members
    }

    typealias Members = [(key: [UInt16], value: RandomValue)]

    private static func text(_ random: inout Seeded) -> [UInt16] {
        let pool: [[UInt16]] = [
            Array("a".utf16), Array("key".utf16), Array("\"".utf16), Array("\\".utf16), Array("/".utf16),
            Array("\n".utf16), [0], [0x1F], [0x7F], Array("é".utf16), Array("記".utf16), Array("⛴".utf16),
            Array("😀".utf16), [0xD83D], [0xDE00], [0xFFFD], [0xFFFF], Array("]}, [{:".utf16),
            Array("u0041".utf16),
        ]
        return (0..<random.below(7)).flatMap { _ in pool[random.below(pool.count)] }
    }
}

// MARK: - Spelling

/// Ways to write the same value.
struct Speller {
    var random: Seeded
    /// Otherwise one fixed spelling, without white space.
    var varies = true

    mutating func text(of value: RandomValue) -> String {
        switch value {
        case .null: return "null"
        case .bool(let bool): return bool ? "true" : "false"
        case .number(let isNegative, let digits, let exponent):
            return number(isNegative: isNegative, digits: digits, exponent: exponent)
        case .string(let units): return literal(units)
        case .array(let elements):
            var inner: [String] = []
            for element in elements { inner.append(blanks() + text(of: element) + blanks()) }
            return "[" + (inner.isEmpty ? blanks() : inner.joined(separator: ",")) + "]"
        case .object(let members):
            var inner: [String] = []
            for member in varies ? members.shuffled(using: &random) : members {
                inner.append(
                    blanks() + literal(member.key) + blanks() + ":" + blanks() + text(of: member.value)
                        + blanks())
            }
            return "{" + (inner.isEmpty ? blanks() : inner.joined(separator: ",")) + "}"
        }
    }

    private mutating func blanks() -> String {
        guard varies, random.chance(3) else { return "" }
        return [" ", "\n  ", "\t", "\r\n"][random.below(4)]
    }

    /// The digits with the point moved and the exponent made to fit.
    private mutating func number(isNegative: Bool, digits: String, exponent: Int) -> String {
        let sign = isNegative ? "-" : ""
        guard !digits.isEmpty else {
            return varies
                ? sign + ["0", "0.0", "0e5", "0.00E-7", "0e99999999999999999999"][random.below(5)] : "0"
        }
        guard varies else { return sign + digits + "e\(exponent)" }
        let padded = digits + String(repeating: "0", count: random.below(4))
        let shifted = exponent - (padded.utf8.count - digits.utf8.count)
        let point = random.below(padded.utf8.count + 1)
        let whole = point == 0 ? "0" : String(padded.prefix(point))
        let fraction = String(padded.dropFirst(point))
        let scale = shifted + fraction.utf8.count
        let mark = random.chance(2) ? "e" : "E"
        let tail =
            scale == 0 && random.chance(2)
            ? "" : mark + (scale >= 0 && random.chance(2) ? "+" : "") + "\(scale)"
        return sign + whole + (fraction.isEmpty ? "" : "." + fraction) + tail
    }

    private mutating func literal(_ units: [UInt16]) -> String {
        var text = "\""
        var index = 0
        while index < units.count {
            let isPair =
                index + 1 < units.count && UTF16.isLeadSurrogate(units[index])
                && UTF16.isTrailSurrogate(units[index + 1])
            let length = isPair ? 2 : 1
            text += spelling(Array(units[index..<index + length]))
            index += length
        }
        return text + "\""
    }

    private mutating func spelling(_ units: [UInt16]) -> String {
        let isLone = units.count == 1 && UTF16.isSurrogate(units[0])
        let mustEscape = isLone || units[0] < 0x20 || units[0] == 0x22 || units[0] == 0x5C
        let short: [UInt16: String] = [
            0x22: "\\\"", 0x5C: "\\\\", 0x2F: "\\/", 0x0A: "\\n", 0x09: "\\t",
        ]
        if varies, let escape = short[units[0]], random.chance(2) { return escape }
        guard mustEscape || varies && random.chance(3) else { return String(decoding: units, as: UTF16.self) }
        return units.map { unit in
            let digits = String(unit, radix: 16, uppercase: varies && random.chance(2))
            return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }.joined()
    }
}

// MARK: - Change

extension RandomValue {
    /// Every value that differs from this one in one place.
    var mutations: [RandomValue] {
        switch self {
        case .null: return [.bool(false), .string(Array("null".utf16))]
        case .bool(let bool): return [.bool(!bool), .null]
        case .number(let isNegative, let digits, let exponent):
            let grown = RandomValue.number(isNegative: isNegative, digits: digits + "1", exponent: exponent)
            guard !digits.isEmpty else { return [grown] }
            return [
                grown, .number(isNegative: !isNegative, digits: digits, exponent: exponent),
                .number(isNegative: isNegative, digits: digits, exponent: exponent + 1),
            ]
        case .string(let units): return [.string(units + [0x61]), .string([0xFFFD] + units), .null]
        case .array(let elements):
            return [.array(elements + [.null]), .object([])]
                + elements.indices.flatMap { place in
                    elements[place].mutations.map { mutated in
                        var copy = elements
                        copy[place] = mutated
                        return RandomValue.array(copy)
                    }
                }
        case .object(let members):
            return [.object(members + [(Array("new one".utf16), .null)])]
                + members.indices.flatMap { RandomValue.mutations(of: members, at: $0) }
        }
    }

    private static func mutations(of members: Members, at place: Int) -> [RandomValue] {
        var renamed = members
        renamed[place].key += Array("+".utf16)
        var shorter = members
        shorter.remove(at: place)
        return [.object(renamed), .object(shorter)]
            + members[place].value.mutations.map { mutated in
                var copy = members
                copy[place].value = mutated
                return .object(copy)
            }
    }
}
