import HTTP
import LettaModel
import LosslessJSON

/// What an answer of another status than 2xx says, cut to what a person can
/// read.
struct Refusal: Sendable {
    let status: Int
    let location: String?
    let retryAfter: String?
    let isHTML: Bool
    /// The server's own words, whole; never printed uncleaned.
    let detail: String

    init(
        status: Int, location: String? = nil, retryAfter: String? = nil, isHTML: Bool = false,
        detail: String = ""
    ) {
        self.status = status
        self.location = location
        self.retryAfter = retryAfter
        self.isHTML = isHTML
        self.detail = detail
    }

    init(_ response: Response) async {
        let body = await Refusal.start(of: response.body)
        let type = response.header("content-type")?.lowercased() ?? ""
        status = response.status
        location = response.header("location")
        retryAfter = response.header("retry-after")
        isHTML = type.contains("html") || Refusal.looksLikeHTML(body)
        detail = isHTML ? "" : Refusal.words(of: body)
    }

    /// At most 64 kB; a body that breaks off is as long as it got.
    private static func start(of body: ResponseBody) async -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await chunk in body {
                bytes += chunk
                if bytes.count > 64 << 10 { break }
            }
        } catch {
            return bytes
        }
        return bytes
    }

    static func looksLikeHTML(_ body: [UInt8]) -> Bool {
        let start = String(decoding: body.prefix(200), as: UTF8.self).trimmingSpaces().lowercased()
        return start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
    }

    /// `detail`, `error.message`, `message`, or the text itself.
    static func words(of body: [UInt8]) -> String {
        guard let root = try? JSONDocument(body).root else { return String(decoding: body, as: UTF8.self) }
        for candidate in [root["detail"], root["error"], root] {
            if let text = candidate?.string { return text }
            if let text = candidate?["message"]?.string {
                return [text, candidate?["detail"]?.string ?? ""].filter { !$0.isEmpty }.joined(
                    separator: ": ")
            }
        }
        return String(decoding: minified(root["detail"] ?? root), as: UTF8.self)
    }
}

/// Makes a server's words fit to print: one line, short, nothing secret.
enum Wording {
    static let length = 300

    static func clean(_ text: String, hiding secrets: [Secret]) -> String {
        var result = text
        for secret in secrets where secret.reveal().utf8.count >= 4 {
            result = result.replacing(secret.reveal(), with: "…")
        }
        result = withoutInputs(result)
        return shorten(result.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    }

    private static func shorten(_ text: String) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }

    /// Validation errors repeat what was sent: `input_value='…', input_type`
    /// and `'input': …`. What was sent may be somebody's message or secret.
    private static func withoutInputs(_ text: String) -> String {
        var result = text
        for (start, end) in [
            ("input_value=", ", input_type"), ("'input': ", ", 'ctx'"), ("\"input\":", ",\"ctx\""),
        ] {
            result = replacing(result, from: start, to: end)
        }
        return result
    }

    private static func replacing(_ text: String, from start: String, to end: String) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: start) {
            result += rest[..<found.upperBound] + "…"
            rest = rest[found.upperBound...]
            guard let stop = rest.firstRange(of: end) else { return result }
            rest = rest[stop.lowerBound...]
        }
        return result + rest
    }
}
