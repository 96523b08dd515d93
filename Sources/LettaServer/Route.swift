/// A path of the API. What is interpolated is one segment and gets
/// percent-encoded; trailing slashes are as the server wants them, since the
/// other form is answered by a redirect.
struct Route: Sendable, ExpressibleByStringInterpolation {
    let path: String
    /// The path with `{}` where something was interpolated.
    let template: String

    struct StringInterpolation: StringInterpolationProtocol {
        var path = ""
        var template = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            path.reserveCapacity(literalCapacity + 40 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) {
            path += literal
            template += literal
        }

        mutating func appendInterpolation(_ segment: some CustomStringConvertible) {
            path += PercentEncoding.encode(segment.description)
            template += "{}"
        }
    }

    init(stringLiteral path: String) {
        self.path = path
        template = path
    }

    init(stringInterpolation parts: StringInterpolation) {
        path = parts.path
        template = parts.template
    }

    /// `GET /v1/agents/{agent_id}` as `GET /v1/agents/{}`: versions name
    /// their path parameters differently.
    static func withoutNames(_ route: String) -> String {
        var result = ""
        var isInside = false
        for character in route {
            if character == "}" { isInside = false }
            if !isInside { result.append(character) }
            if character == "{" { isInside = true }
        }
        return result
    }
}

enum PercentEncoding {
    /// Everything but RFC 3986's unreserved characters is encoded.
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }
}

struct QueryItem: Sendable, Equatable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    static func text(_ items: [QueryItem]) -> String {
        items.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }
            .joined(separator: "&")
    }
}
