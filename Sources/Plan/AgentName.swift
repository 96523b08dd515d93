/// What Letta takes as an agent's name: letters of any script, digits,
/// spaces, `-`, `_`, `'`. Others can be stored but make every export fail.
enum AgentName {
    /// The first thing that is wrong, as a person would name it.
    static func offence(in name: String) -> String? {
        guard !name.isEmpty else { return "nothing" }
        return name.unicodeScalars.first { !isPlain($0) }.map { "“\(String(Character($0)))”" }
    }

    /// The name without the offending characters; nil where nothing is left.
    static func plain(_ name: String) -> String? {
        var text = String(String.UnicodeScalarView(name.unicodeScalars.map { isPlain($0) ? $0 : " " }))
        text = text.split(separator: " ").joined(separator: " ")
        return text.isEmpty ? nil : text
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == " " || scalar == "-" || scalar == "_" || scalar == "'" { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber,
            .letterNumber, .otherNumber:
            return true
        default:
            return false
        }
    }
}

/// Handles that a person may have meant.
enum NearHandles {
    /// At most three, the nearest first.
    static func of(_ handle: String, among known: [String]) -> [String] {
        let scored = known.map { (distance(handle, $0), $0) }.sorted { $0 < $1 }
        return scored.prefix(3).map(\.1)
    }

    /// The model's own name counts more than the provider's.
    private static func distance(_ one: String, _ other: String) -> Int {
        edits(tail(one), tail(other)) * 4 + edits(one, other)
    }

    private static func tail(_ handle: String) -> String {
        String(handle.split(separator: "/").last ?? "")
    }

    private static func edits(_ one: String, _ other: String) -> Int {
        let left = Array(one.lowercased())
        let right = Array(other.lowercased())
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var corner = row[0]
            row[0] = index + 1
            for column in right.indices {
                let cost = letter == right[column] ? corner : min(corner, row[column], row[column + 1]) + 1
                corner = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[right.count]
    }
}
