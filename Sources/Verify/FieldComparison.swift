import LettaModel
import LosslessJSON

/// Where two JSON values differ, by path.
struct FieldComparison {
    private let fields: ComparedFields
    private(set) var differences: [FieldDifference] = []
    /// Top-level fields that were looked at.
    private(set) var compared: Set<String> = []

    /// Values that are no JSON differ as a whole, at the empty path.
    init(expected: VerbatimJSON, found: VerbatimJSON, fields: ComparedFields) {
        self.fields = fields
        guard let one = try? JSONDocument(expected), let other = try? JSONDocument(found) else {
            if expected != found { differences = [FieldDifference(path: "", expected: nil, found: nil)] }
            return
        }
        compare(one.root, other.root, at: "")
    }

    private mutating func compare(_ expected: JSONValue, _ found: JSONValue, at path: String) {
        switch (expected.kind, found.kind) {
        case (.object, .object): members(expected, found, at: path)
        case (.array, .array): elements(expected, found, at: path)
        default:
            if Canonical.bytes(expected) != Canonical.bytes(found) { differ(path, expected, found) }
        }
    }

    private mutating func members(_ expected: JSONValue, _ found: JSONValue, at path: String) {
        var keys = expected.members.map(\.key)
        let known = Set(keys)
        keys += found.members.map(\.key).filter { !known.contains($0) }
        let isSchema = path.isEmpty || fields.schemas.contains(path)
        var seen: Set<String> = []
        for key in keys where seen.insert(key).inserted {
            if fields.ignoresUnmentioned, isSchema, present(expected[key], true) == nil { continue }
            if path.isEmpty {
                guard fields.compares(key) else { continue }
                compared.insert(key)
            }
            let below = path.isEmpty ? key : "\(path).\(key)"
            // A field that is there as null is known: then its null means something.
            let isUnknown = expected[key] == nil || found[key] == nil
            member(
                present(expected[key], isSchema), present(found[key], isSchema), at: below,
                isSchema: isSchema && isUnknown)
        }
    }

    private func present(_ value: JSONValue?, _ isSchema: Bool) -> JSONValue? {
        isSchema && value?.isNull == true ? nil : value
    }

    /// An empty list or `false` where the other release does not know the
    /// field (block tags came with 0.16.4).
    private static func saysNothing(_ value: JSONValue) -> Bool {
        value.kind == .array ? value.count == 0 : value.kind == .bool && value.bool == false
    }

    private mutating func member(
        _ expected: JSONValue?, _ found: JSONValue?, at path: String, isSchema: Bool = false
    ) {
        switch (expected, found) {
        case (nil, nil): break
        case (let one?, let other?): compare(one, other, at: path)
        case (nil, let one?) where isSchema && Self.saysNothing(one): break
        case (let one?, nil) where isSchema && Self.saysNothing(one): break
        default: differ(path, expected, found)
        }
    }

    private mutating func elements(_ expected: JSONValue, _ found: JSONValue, at path: String) {
        let one = ordered(expected.elements, at: path)
        let other = ordered(found.elements, at: path)
        if one.count != other.count, fields.unordered.contains(path) {
            return differ(path, expected, found)
        }
        for index in 0..<max(one.count, other.count) {
            let below = "\(path)[\(index)]"
            member(index < one.count ? one[index] : nil, index < other.count ? other[index] : nil, at: below)
        }
    }

    private func ordered(_ elements: [JSONValue], at path: String) -> [JSONValue] {
        guard fields.unordered.contains(path) else { return elements }
        return elements.sorted { Canonical.bytes($0).lexicographicallyPrecedes(Canonical.bytes($1)) }
    }

    private mutating func differ(_ path: String, _ expected: JSONValue?, _ found: JSONValue?) {
        let (one, other) = Excerpt.pair(expected, found)
        differences.append(FieldDifference(path: path, expected: one, found: other))
    }
}

/// Short pieces of two values around the first place where they differ.
enum Excerpt {
    static let length = 60
    static let lead = 20

    static func pair(_ expected: JSONValue?, _ found: JSONValue?) -> (String?, String?) {
        let one = expected.map(text)
        let other = found.map(text)
        let start = max(0, common(one ?? "", other ?? "") - lead)
        return (one.map { cut($0, from: start) }, other.map { cut($0, from: start) })
    }

    private static func text(_ value: JSONValue) -> String {
        value.string.map { "“\($0)”" } ?? String(decoding: value.raw, as: UTF8.self)
    }

    private static func common(_ one: String, _ other: String) -> Int {
        zip(one, other).prefix { $0 == $1 }.count
    }

    private static func cut(_ text: String, from start: Int) -> String {
        let tail = text.dropFirst(start)
        let piece = tail.prefix(length)
        return (start > 0 ? "…" : "") + piece + (piece.count < tail.count ? "…" : "")
    }
}
