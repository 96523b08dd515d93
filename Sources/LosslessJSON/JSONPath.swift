/// A place in a document: `$`, then `.name`, `["any name"]` and `[*]` (every
/// element of an array), as in `$.agents[*].messages[*]`.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    enum Step: Sendable, Hashable {
        case name(String)
        case everyElement
    }

    let steps: [Step]
    public let description: String

    /// nil if the text is no such path.
    public init?(parsing text: String) {
        guard text.first == "$" else { return nil }
        var steps: [Step] = []
        var rest = text.dropFirst()
        while !rest.isEmpty {
            guard let step = JSONPath.takeStep(from: &rest) else { return nil }
            steps.append(step)
        }
        self.steps = steps
        description = text
    }

    private static func takeStep(from rest: inout Substring) -> Step? {
        if rest.hasPrefix("[*]") {
            rest = rest.dropFirst(3)
            return .everyElement
        }
        if rest.hasPrefix("[\"") {
            let name = rest.dropFirst(2).prefix { $0 != "\"" }
            rest = rest[name.endIndex...]
            guard rest.hasPrefix("\"]") else { return nil }
            rest = rest.dropFirst(2)
            return .name(String(name))
        }
        guard rest.first == "." else { return nil }
        let name = rest.dropFirst().prefix { $0 != "." && $0 != "[" }
        rest = rest[name.endIndex...]
        return name.isEmpty ? nil : .name(String(name))
    }
}

extension JSONPath: ExpressibleByStringLiteral {
    /// Stops the program if the literal is no path.
    public init(stringLiteral text: String) {
        guard let path = JSONPath(parsing: text) else { preconditionFailure("\(text) is not a JSON path") }
        self = path
    }
}
