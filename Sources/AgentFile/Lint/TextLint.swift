public import LettaModel
import LosslessJSON

/// A key that stands twice in one object: Python's json, and so Letta, reads
/// the last of them; other readers read the first.
enum TwiceKeys {
    static func spots(_ thing: JSONValue) -> [Spot] {
        first(in: thing).map { [Spot(LintRule.keyTwice, String($0.dropFirst()), nil, .error)] } ?? []
    }

    /// Where the first one stands: `.llm_config.model`.
    private static func first(in value: JSONValue) -> String? {
        switch value.kind {
        case .array:
            for (place, element) in value.elements.enumerated() {
                if let below = first(in: element) { return "[\(place)]\(below)" }
            }
        case .object:
            let members = value.members
            var seen: Set<[UInt8]> = []
            for (key, _) in members where !seen.insert(Array(key.utf8)).inserted { return ".\(key)" }
            for (key, value) in members {
                if let below = first(in: value) { return ".\(key)\(below)" }
            }
        default: break
        }
        return nil
    }
}

extension LintFinding {
    /// Why a file with this finding cannot be written anew; nil where it can.
    public func refusal(of file: String) -> Failure? {
        guard rule.id == LintRule.keyTwice.id else { return nil }
        let line = line.map { " (line \($0))" } ?? ""
        return SniffedFile.unreadable(
            file, "\(path) stands in its object twice\(line), and Letta reads the last one only",
            "take one of them out by hand: which one is meant cannot be guessed")
    }
}

/// Numbers that JSON can say and Letta cannot take.
enum NumberLint {
    /// Python reads no integer of more digits.
    static let maximumDigits = 4300

    enum Fault { case tooLong, infinite }

    static func spots(_ thing: JSONValue) -> [Spot] {
        guard let fault = fault(in: thing.raw) else { return [] }
        guard thing.kind == .object else {
            return [Spot(LintRule.numberRange, "", nil, fault == .tooLong ? nil : .warning)]
        }
        return thing.members.compactMap { key, value in
            guard let fault = Self.fault(in: value.raw) else { return nil }
            // Elsewhere the server reads it as infinity.
            let isRefused = fault == .tooLong || ["limit", "metadata"].contains(key)
            return Spot(LintRule.numberRange, key, nil, isRefused ? nil : .warning)
        }
    }

    /// The first of the text's numbers that has one.
    static func fault(in raw: ArraySlice<UInt8>) -> Fault? {
        raw.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < bytes.count {
                if bytes[index] == UInt8(ascii: "\"") {
                    index = end(ofString: bytes, index + 1)
                } else if isDigit(bytes[index]) {
                    let start = index
                    while index < bytes.count, isPart(bytes[index]) { index += 1 }
                    if let fault = fault(of: bytes[start..<index]) { return fault }
                } else {
                    index += 1
                }
            }
            return nil
        }
    }

    private static func fault(of number: Slice<UnsafeBufferPointer<UInt8>>) -> Fault? {
        guard number.allSatisfy(isDigit) else {
            let isFinite = Double(String(decoding: number, as: UTF8.self))?.isFinite ?? false
            return isFinite ? nil : .infinite
        }
        return number.count > maximumDigits ? .tooLong : nil
    }

    private static func end(ofString bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index + 1
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func isPart(_ byte: UInt8) -> Bool {
        isDigit(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte)
    }
}
