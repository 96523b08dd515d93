import LettaModel
import LosslessJSON

/// What lets somebody in and stands elsewhere than in an agent's secrets:
/// keys and tokens of configurations, headers and environments of MCP
/// servers, users, passwords and keys in addresses. The same that a snapshot
/// does without: both read `SecretWords`.
struct Credentials {
    struct Find {
        /// Below the thing: `llm_config.api_key`.
        let path: String
        let range: Range<Int>
        /// The JSON without it.
        let replacement: [UInt8]
    }

    private(set) var finds: [Find] = []

    static func finds(in thing: JSONValue, isConfig: Bool = false) -> [Find] {
        var search = Credentials()
        search.look(at: thing, "", isConfig)
        return search.finds
    }

    static func spots(_ finds: [Find]) -> [Spot] { finds.map { Spot(LintRule.secretInClear, $0.path) } }

    /// The thing without them, and what to say of it.
    static func cut(_ thing: JSONValue, isConfig: Bool = false) throws -> (JSONValue, [Mended]) {
        let finds = finds(in: thing, isConfig: isConfig)
        guard !finds.isEmpty else { return (thing, []) }
        let changes = finds.map { Mended(LintRule.secretInClear, $0.path, "a value", "the same without it") }
        return (try JSONDocument(splice(thing, finds)).root, changes)
    }

    /// A member as it may be printed; shortened.
    static func shown(_ value: JSONValue, of key: String) -> String {
        if AgentSecrets.keys.contains(key) { return "a value" }
        var search = Credentials()
        search.lookAtMember(key, value, key, true)
        return String(decoding: splice(value, search.finds).prefix(400), as: UTF8.self)
    }

    private static func splice(_ thing: JSONValue, _ finds: [Find]) -> [UInt8] {
        var bytes: [UInt8] = []
        var end = thing.raw.startIndex
        for find in finds {
            bytes += thing.raw[end..<find.range.lowerBound] + find.replacement
            end = find.range.upperBound
        }
        return bytes + thing.raw[end...]
    }

    // MARK: The walk

    /// The user's own content, where a word says nothing; secrets and rows
    /// have rules of their own.
    private static let passed = SecretWords.content.union(AgentSecrets.keys)

    private mutating func look(at value: JSONValue, _ path: String, _ isConfig: Bool) {
        for (place, element) in value.elements.enumerated() {
            look(at: element, "\(path)[\(place)]", isConfig)
        }
        for (key, value) in value.members {
            lookAtMember(key, value, path.isEmpty ? key : "\(path).\(key)", isConfig)
        }
    }

    private mutating func lookAtMember(
        _ key: String, _ value: JSONValue, _ path: String, _ isConfig: Bool
    ) {
        switch key {
        case _ where Self.passed.contains(key): break
        case "custom_headers", "environment_variables": takeLeaves(of: value, path)
        case "env" where isConfig: takeLeaves(of: value, path)
        case "auth_token": take(value, path)
        case "auth_header" where !SecretWords.isHeaderName(value.string ?? ""): take(value, path)
        case _ where isConfig && value.kind == .string && SecretWords.areIn(key): take(value, path)
        case _ where value.kind == .string && SecretWords.isAddress(key): takeFromAddress(value, path)
        default: look(at: value, path, isConfig || SecretWords.opensConfig(key))
        }
    }

    private mutating func takeLeaves(of value: JSONValue, _ path: String) {
        switch value.kind {
        case .array:
            for (place, element) in value.elements.enumerated() {
                takeLeaves(of: element, "\(path)[\(place)]")
            }
        case .object:
            let isVariable = value["value"] != nil && (value["key"] ?? value["name"]) != nil
            for (key, value) in value.members where !isVariable || key != "key" && key != "name" {
                takeLeaves(of: value, "\(path).\(key)")
            }
        default: take(value, path)
        }
    }

    private mutating func take(_ value: JSONValue, _ path: String) {
        if value.isNull || value.kind == .string && !SecretWords.isValue(value.string ?? "") { return }
        note(value, path, "")
    }

    private mutating func takeFromAddress(_ value: JSONValue, _ path: String) {
        guard let text = value.string, let safe = AddressSecrets.cut(text) else { return }
        note(value, path, safe)
    }

    private mutating func note(_ value: JSONValue, _ path: String, _ text: String) {
        finds.append(
            Find(
                path: path, range: value.raw.startIndex..<value.raw.endIndex,
                replacement: JSONNode.string(text).bytes()))
    }
}
