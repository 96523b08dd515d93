import LettaModel
import LosslessJSON

/// Keeps secret values out of the journal: it refuses, because whoever
/// journals one has a bug that a silent cut would hide.
enum SecretGuard {
    /// **Errors**: `internal` that names the key; JSONError for no JSON.
    static func check(_ json: VerbatimJSON?, of step: String) throws {
        guard let json else { return }
        guard let name = firstSecret(in: try JSONDocument(json).root) else { return }
        throw JournalFailures.bug(step, "the secret value of \(name) was about to be written to the journal")
    }

    /// Options that carry a value are refused; those that name where a value
    /// is to be had (`token-env`) are not.
    static func check(option: String, _ value: RunChoices.Value) throws {
        let namesAPlace = ["-env", "-file", "-command", "-names"].contains { option.hasSuffix($0) }
        let texts: [String] =
            switch value {
            case .flag: []
            case .text(let text): [text]
            case .list(let list): list
            }
        let isSecret = !texts.isEmpty && speaksOfSecrets(option) && !namesAPlace
        guard !isSecret, !texts.contains(where: hasPassword) else {
            throw JournalFailures.bug("--\(option)", "a secret value was about to be written to the journal")
        }
    }

    private static func firstSecret(in value: JSONValue) -> String? {
        switch value.kind {
        case .array: value.elements.lazy.compactMap { firstSecret(in: $0) }.first
        case .object: value.members.lazy.compactMap { firstSecret($0.key, $0.value) }.first
        default: nil
        }
    }

    private static func firstSecret(_ key: String, _ value: JSONValue) -> String? {
        switch key {
        case "json_schema", "args_json_schema", "response_format", "metadata", "messages": nil
        // The agent's own words and code: content, whatever it looks like.
        case "value", "text", "content", "description", "source_code", "system", "name", "label", "tags": nil
        case "secrets", "tool_exec_environment_variables", "environment_variables", "custom_headers":
            holdsValue(value) ? key : nil
        default:
            if value.kind == .string {
                speaksOfSecrets(key) && isReal(value) || hasPassword(value.string ?? "") ? key : nil
            } else {
                firstSecret(in: value)
            }
        }
    }

    /// Of a map its values, of a list the `value` of its elements.
    private static func holdsValue(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .object: value.members.contains { isReal($0.value) }
        case .array: value.elements.contains { $0["value"].map(isReal) ?? false }
        default: isReal(value)
        }
    }

    private static func isReal(_ value: JSONValue) -> Bool {
        guard value.kind == .string else { return value.kind == .number }
        let text = value.string ?? ""
        return !text.isEmpty && text != "<encrypted>" && !text.hasPrefix("<cut by ferry: ")
    }

    private static func speaksOfSecrets(_ key: String) -> Bool {
        let key = key.lowercased()
        guard !key.hasPrefix("tokenizer") else { return false }
        return ["api_key", "apikey", "api-key", "token", "password", "secret", "credential"].contains {
            key.contains($0)
        }
    }

    /// `scheme://user:password@host`.
    private static func hasPassword(_ text: String) -> Bool {
        guard text.contains("://"), text.utf8.count < 10_000, !text.contains(where: \.isWhitespace) else {
            return false
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count > 1, let at = parts[1].lastIndex(of: "@") else { return false }
        return parts[1][..<at].contains(":")
    }
}
