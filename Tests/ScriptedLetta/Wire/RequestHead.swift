/// The first line and the header fields of a request.
struct RequestHead: Sendable {
    let method: String
    /// Path and query as they came.
    let target: String
    /// Percent-decoded.
    let path: String
    private(set) var query: Query
    /// Names in lower case.
    let headers: [String: String]

    /// - Parameter text: the head without its last empty line.
    init?(_ text: String) {
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines.first.map { $0.split(separator: " ") } ?? []
        guard words.count == 3 else { return nil }
        method = String(words[0])
        target = String(words[1])
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = Query.decoded(parts[0])
        query = Query(parts.count > 1 ? parts[1] : "")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        self.headers = headers
    }

    /// The same request with another query.
    func with(_ change: (inout [(name: String, value: String)]) -> Void) -> RequestHead {
        var copy = self
        change(&copy.query.items)
        return copy
    }

    var isChunked: Bool { headers["transfer-encoding"]?.lowercased().contains("chunked") == true }
    var length: Int { headers["content-length"].flatMap { Int($0) } ?? 0 }
    var closes: Bool { headers["connection"]?.lowercased() == "close" }
    var awaitsContinue: Bool { headers["expect"]?.lowercased() == "100-continue" }
}

/// The parameters of a URL, in order.
struct Query: Sendable {
    var items: [(name: String, value: String)]

    init(_ text: some StringProtocol) {
        items = text.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Query.decoded(parts[0]), parts.count > 1 ? Query.decoded(parts[1]) : "")
        }
    }

    subscript(_ name: String) -> String? { items.last { $0.name == name }?.value }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    func isTrue(_ name: String, else absent: Bool) -> Bool {
        self[name].map { ["true", "1", "yes", "on"].contains($0.lowercased()) } ?? absent
    }

    static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == 0x2B ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
