import LosslessJSON

extension RunChoices {
    /// `{"options": {"tools": "keep", "yes": true, "accept": ["a"]}, "secret_names": ["K"]}`.
    var json: String {
        var options: [JSONMember] = []
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            let node: JSONNode =
                switch value {
                case .flag(let flag): .bool(flag)
                case .text(let text): .string(text)
                case .list(let list): .array(list.map { .string($0) })
                }
            options.append(JSONMember(key: key, value: node))
        }
        let names = JSONNode.array(secretNames.map { .string($0) })
        return JSONNode.object([
            JSONMember(key: "options", value: .object(options)),
            JSONMember(key: "secret_names", value: names),
        ]).text()
    }

    init(json: String) throws {
        let root = try JSONDocument(json).root
        var values: [String: Value] = [:]
        for (key, value) in root["options"]?.members ?? [] {
            switch value.kind {
            case .bool: values[key] = .flag(value.bool ?? false)
            case .array: values[key] = .list(value.elements.compactMap(\.string))
            default: values[key] = .text(value.string ?? "")
            }
        }
        try self.init(values, secretNames: root["secret_names"]?.elements.compactMap(\.string) ?? [])
    }
}

extension RunAddress {
    var json: String {
        var members = [
            JSONMember(key: "name", value: .string(name)), JSONMember(key: "url", value: .string(url)),
        ]
        if let project { members.append(JSONMember(key: "project", value: .string(project))) }
        if let version { members.append(JSONMember(key: "version", value: .string(version))) }
        return JSONNode.object(members).text()
    }

    init(json: String) throws {
        let root = try JSONDocument(json).root
        self.init(
            name: root["name"]?.string ?? "", url: root["url"]?.string ?? "",
            project: root["project"]?.string,
            version: root["version"]?.string)
    }
}
