import LosslessJSON

extension RowRule {
    /// Characters that a server cannot keep, anywhere in the row.
    static let characterRules: [RowRule] = [
        RowRule(
            "nul-character", .silent, title: "a NUL character in a text",
            why: "Postgres has no NUL: the server strips it from content and answers 400 for other fields, "
                + "which leaves an agent behind",
            remedy: "stripped here, and said",
            detect: { row, _ in EscapeScan.finds(.nul, in: row.value.raw) },
            fix: { row, _ in .verbatim(EscapeScan.repaired(.nul, in: row.value.raw)) }),
        RowRule(
            "lone-surrogate", .poison, title: "half of a surrogate pair in a text",
            why: "taken and listed without it; every later export of the agent answers 500",
            remedy: "replaced by U+FFFD",
            detect: { row, _ in EscapeScan.finds(.loneSurrogate, in: row.value.raw) },
            fix: { row, _ in .verbatim(EscapeScan.repaired(.loneSurrogate, in: row.value.raw)) }),
    ]
}

/// Looks for `\u` escapes of one kind in JSON bytes, where a backslash can
/// only stand inside a string.
enum EscapeScan {
    enum Target {
        case nul, loneSurrogate
    }

    static func finds(_ target: Target, in bytes: ArraySlice<UInt8>) -> Bool {
        var found = false
        visit(bytes) { _, kind in found = found || kind == target }
        return found
    }

    static func repaired(_ target: Target, in bytes: ArraySlice<UInt8>) -> [UInt8] {
        var repaired: [UInt8] = []
        repaired.reserveCapacity(bytes.count)
        var copied = bytes.startIndex
        visit(bytes) { range, kind in
            guard kind == target else { return }
            repaired += bytes[copied..<range.lowerBound]
            if target == .loneSurrogate { repaired += [0xEF, 0xBF, 0xBD] }
            copied = range.upperBound
        }
        return repaired + bytes[copied...]
    }

    private static func visit(_ bytes: ArraySlice<UInt8>, _ body: (Range<Int>, Target) -> Void) {
        var index = bytes.startIndex
        while let backslash = bytes[index...].firstIndex(of: 0x5C) {
            guard let unit = unit(bytes, at: backslash) else {
                index = min(backslash + 2, bytes.endIndex)
                continue
            }
            let range = backslash..<backslash + 6
            index = range.upperBound
            if unit == 0 { body(range, .nul) }
            guard unit & 0xF800 == 0xD800 else { continue }
            if unit < 0xDC00, let low = self.unit(bytes, at: index), low & 0xFC00 == 0xDC00 {
                index += 6
            } else {
                body(range, .loneSurrogate)
            }
        }
    }

    /// The number of a `\uXXXX` that stands there.
    private static func unit(_ bytes: ArraySlice<UInt8>, at index: Int) -> UInt32? {
        guard index + 6 <= bytes.endIndex, bytes[index] == 0x5C, bytes[index + 1] == 0x75 else { return nil }
        return UInt32(String(decoding: bytes[index + 2..<index + 6], as: UTF8.self), radix: 16)
    }
}
