import LettaModel
import LosslessJSON

/// The config's file: one flat JSON object, read strictly.
public enum HostConfigFile {
    public static let schema = "ferry.host/1"

    /// A field a line, so that a difference of two configs can be read.
    public static func text(_ config: HostConfig) -> String {
        let lines = HostField.all.map { "  \(literal($0.key)): \(value(of: $0, in: config))" }
        return "{\n  \"schema\": \"\(schema)\",\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    private static func literal(_ text: String) -> String { JSONNode.string(text).text() }

    private static func value(of field: HostField, in config: HostConfig) -> String {
        switch field.kind {
        case .text(let path), .choice(let path, _): literal(config[keyPath: path])
        case .number(let path, _): String(config[keyPath: path])
        case .flag(let path): config[keyPath: path] ? "true" : "false"
        case .list(let path): "[" + config[keyPath: path].map(literal).joined(separator: ", ") + "]"
        }
    }

    /// Reads and checks a config.
    ///
    /// **Errors**: `host-config-wrong` with the file's name and the line.
    public static func read(_ bytes: [UInt8], path: String) throws -> HostConfig {
        do {
            return try HostConfigReader(bytes: bytes, path: path).config()
        } catch let error as JSONError {
            let reason =
                error.code == .unexpectedEnd
                ? "the file ends in the middle: it was written by half" : "is no JSON: \(error)"
            throw wrong(
                path, line(of: error.offset, in: bytes), reason,
                "mend it, or make it anew: ferry host init NAME")
        }
    }

    static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        bytes.prefix(max(0, offset)).count { $0 == 10 } + 1
    }

    static func wrong(_ path: String, _ line: Int, _ reason: String, _ remedy: String) -> Failure {
        Failure(.hostConfigWrong, subject: "\(path):\(line)", reason: reason, remedy: remedy)
    }
}

private struct HostConfigReader {
    let bytes: [UInt8]
    let path: String

    func config() throws -> HostConfig {
        let root = try JSONDocument(bytes).root
        guard root.kind == .object else {
            throw wrong(root, "is no object", "make it anew: ferry host init NAME")
        }
        guard let schema = root["schema"] else {
            throw wrong(
                root, "has no \"schema\"", "its first line is \"schema\": \"\(HostConfigFile.schema)\"")
        }
        guard schema.string == HostConfigFile.schema else {
            throw wrong(schema, "the schema is not \(HostConfigFile.schema)", "use the ferry that wrote it")
        }
        var config = HostConfig()
        var seen: Set<String> = []
        for (name, value) in root.members {
            guard seen.insert(name).inserted else {
                throw wrong(value, "\(name) is there twice", "keep one of them")
            }
            if name != "schema" { try set(name, value, in: &config) }
        }
        do { return try config.checked() } catch let failure as Failure {
            throw Failure(
                failure.code, subject: "\(path): \(failure.subject)", reason: failure.reason,
                remedy: failure.remedy)
        }
    }

    private func set(_ name: String, _ value: JSONValue, in config: inout HostConfig) throws {
        guard let field = HostField.named(name) else {
            let near = HostField.all.first {
                $0.key.filter { $0 != "-" } == name.lowercased().filter { $0 != "-" && $0 != "_" }
            }
            throw wrong(
                value, "there is no field \(name)",
                near.map { "write \"\($0.key)\"" } ?? "docs/host.md has all fields")
        }
        do { try field.set(value, in: &config) } catch let failure as Failure {
            throw wrong(value, "\(name): \(failure.reason)", failure.remedy)
        }
    }

    private func wrong(_ value: JSONValue, _ reason: String, _ remedy: String) -> Failure {
        HostConfigFile.wrong(
            path, HostConfigFile.line(of: value.raw.startIndex, in: bytes), reason, remedy)
    }
}

extension HostField {
    fileprivate func set(_ value: JSONValue, in config: inout HostConfig) throws {
        switch kind {
        case .text(let path): config[keyPath: path] = try text(value)
        case .choice: try set(try text(value), in: &config)
        case .number(let path, let range):
            guard let number = value.int else { throw wrong("", "is no whole number") }
            try set(number, path, range, in: &config)
        case .flag(let path):
            guard let flag = value.bool else { throw wrong("", "is neither true nor false") }
            config[keyPath: path] = flag
        case .list(let path):
            guard value.kind == .array else { throw wrong("", "is no list") }
            config[keyPath: path] = try value.elements.map(text)
        }
    }

    private func text(_ value: JSONValue) throws -> String {
        guard value.kind == .string, let text = value.string else { throw wrong("", "is no text") }
        return text
    }
}
