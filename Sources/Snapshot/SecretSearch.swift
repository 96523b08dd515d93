import LettaModel
import LosslessJSON

/// Walks a document and notes which byte ranges hold secret values.
struct SecretSearch {
    struct Cut {
        let range: Range<Int>
        let replacement: [UInt8]
        let name: String
    }

    /// What the value that is looked at is part of.
    struct Place {
        /// A model, provider or MCP config: its keys are settings, so a key
        /// called `token` holds one.
        var isConfig = false
        /// `{"key": …, "value": …}` outside of any list that would say so.
        var isVariable = false
        /// Its properties are `{"key": …, "value": …}`, and the key may speak
        /// of a secret.
        var isIdentity = false
        /// The server or config that a person would name.
        var owner: String?

        init(of kind: DocumentKind) {
            switch kind {
            case .models, .embeddingModels: isConfig = true
            case .surrounding(.mcpServer): isConfig = true
            case .surrounding(.sandboxVariable): isVariable = true
            case .surrounding(.identity): isIdentity = true
            default: break
            }
        }
    }

    private(set) var cuts: [Cut] = []

    mutating func look(at value: JSONValue, within place: Place) {
        switch value.kind {
        case .array: for element in value.elements { look(at: element, within: place) }
        case .object: lookAtObject(value, within: place)
        default: break
        }
    }

    private mutating func lookAtObject(_ object: JSONValue, within place: Place) {
        var place = place
        if place.isConfig, let name = object["server_name"]?.string { place.owner = name }
        if place.isVariable, object["value"] != nil {
            return cutVariable(object, listedAs: "variable")
        }
        if place.isIdentity, let key = object["key"]?.string, SecretWords.areIn(key) {
            return cutVariable(object, listedAs: "property")
        }
        let isStdio = Self.isStdio(object)
        for (key, value) in object.members {
            if key == "env" || key == "env_enc", isStdio {
                cutAll(of: value, as: Self.named(place.owner, key))
            } else {
                lookAtMember(key, value, within: place)
            }
        }
    }

    private mutating func lookAtMember(_ key: String, _ value: JSONValue, within place: Place) {
        switch key {
        case _ where SecretWords.content.contains(key): break
        case "secrets", "tool_exec_environment_variables", "environment_variables":
            cutVariables(value, listedAs: key)
        case "custom_headers", "custom_headers_enc":
            cutAll(of: value, as: Self.named(place.owner, key))
        case "auth_token", "auth_token_enc", "token_enc":
            cut(value, naming: Self.named(place.owner, key))
        case "auth_header":
            if !SecretWords.isHeaderName(value.string ?? "") {
                cut(value, naming: Self.named(place.owner, key))
            }
        default:
            if place.isConfig, SecretWords.areIn(key), value.kind == .string {
                cut(value, naming: Self.named(place.owner, key))
            } else if SecretWords.isAddress(key), value.kind == .string {
                cutURL(value, naming: Self.named(place.owner, key))
            } else {
                look(at: value, within: Self.place(inside: key, of: place))
            }
        }
    }

    // MARK: Cutting

    /// `{"NAME": "value"}` or `[{"key": "NAME", "value": "value"}]`.
    private mutating func cutVariables(_ value: JSONValue, listedAs list: String) {
        if value.kind == .object {
            cutAll(of: value, as: list)
        } else {
            for element in value.elements { cutVariable(element, listedAs: list) }
        }
    }

    private mutating func cutVariable(_ variable: JSONValue, listedAs list: String) {
        let name = variable["key"]?.string ?? variable["name"]?.string ?? "unnamed"
        for (key, value) in variable.members where key == "value" || key == "value_enc" {
            cut(value, naming: "\(list).\(name)")
        }
    }

    /// Every value of a map, by its key; anything else whole.
    private mutating func cutAll(of value: JSONValue, as list: String) {
        guard value.kind == .object else { return cut(value, naming: list) }
        for (key, value) in value.members { cut(value, naming: "\(list).\(key)") }
    }

    private mutating func cut(_ value: JSONValue, naming name: String) {
        guard Self.isWorthCutting(value) else { return }
        replace(value, with: CutMarker.text(naming: name), naming: name)
    }

    private mutating func cutURL(_ value: JSONValue, naming name: String) {
        guard let text = value.string, let safe = AddressSecrets.cut(text, leaving: CutMarker.inAddress)
        else {
            return
        }
        replace(value, with: safe, naming: name)
    }

    private mutating func replace(_ value: JSONValue, with text: String, naming name: String) {
        cuts.append(
            Cut(
                range: value.raw.startIndex..<value.raw.endIndex, replacement: JSONNode.string(text).bytes(),
                name: name))
    }

    /// Not what is empty, already cut, or what Letta shows in place of an
    /// empty secret.
    private static func isWorthCutting(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null: false
        case .object, .array: value.count > 0
        case .bool, .number: true
        case .string:
            value.string.map(SecretWords.isValue) ?? true
        }
    }

    // MARK: Reading keys

    private static func named(_ owner: String?, _ key: String) -> String {
        owner.map { "\($0).\(key)" } ?? key
    }

    private static func place(inside key: String, of place: Place) -> Place {
        var inner = place
        if SecretWords.opensConfig(key) {
            inner.isConfig = true
            inner.owner = place.owner ?? (key == "mcp_servers" ? nil : key)
        }
        return inner
    }

    private static func isStdio(_ object: JSONValue) -> Bool {
        let type =
            object["mcp_server_type"]?.string ?? object["type"]?.string ?? object["server_type"]?.string
        return type == "stdio" || object["command"]?.kind == .string
    }
}
