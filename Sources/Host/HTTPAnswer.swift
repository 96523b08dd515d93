public import HTTP

/// An answer as it came over the wire: header lines in order, duplicates kept.
public struct HTTPAnswer: Sendable, Equatable {
    public var status: Int
    public var fields: [HeaderField]
    public var body: [UInt8]
    /// The server said `100 Continue`: it would take the body.
    public var invitesBody: Bool

    public init(_ status: Int, _ fields: [HeaderField] = [], body: [UInt8] = [], invitesBody: Bool = false) {
        self.status = status
        self.fields = fields
        self.body = body
        self.invitesBody = invitesBody
    }

    /// Values of the lines of that name, case ignored, in order.
    public func values(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    public func value(_ name: String) -> String? { values(name).first }

    /// Whether it looks like an error page of nginx rather than an answer of
    /// Letta, which says JSON.
    public var isOfEdge: Bool {
        value("server")?.lowercased().hasPrefix("nginx") == true
            && value("content-type")?.lowercased().hasPrefix("text/html") == true
    }
}

extension HTTPAnswer {
    /// Reads bytes of HTTP/1.x. Nil where the head is not whole, or is none.
    ///
    /// A `100 Continue` alone is an answer of status 100 that invites.
    public init?(_ bytes: [UInt8]) {
        guard var head = Head(bytes) else { return nil }
        var invites = false
        while (100..<200).contains(head.status) {
            invites = invites || head.status == 100
            guard let next = Head(head.rest) else { break }
            head = next
        }
        let body = head.isChunked ? Chunks.joined(head.rest).bytes : head.rest
        self.init(head.status, head.fields, body: Array(body), invitesBody: invites)
    }

    /// Whether the head is there: for looks that want no body.
    public static func hasHead(_ bytes: [UInt8]) -> Bool { Head(bytes) != nil }

    /// Whether the body is there too, as far as the head says how long it is.
    public static func isWhole(_ bytes: [UInt8]) -> Bool {
        guard let head = Head(bytes) else { return false }
        if head.status < 200 { return isWhole(head.rest) }
        if head.status == 204 || head.status == 304 { return true }
        if head.isChunked { return Chunks.joined(head.rest).isWhole }
        return head.length.map { head.rest.count >= $0 } ?? false
    }
}

/// A status line and its fields, and what follows.
private struct Head {
    var status = 0
    var fields: [HeaderField] = []
    var rest: [UInt8] = []

    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: "HTTP/1.".utf8), let end = Self.end(bytes) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        self.status = status
        fields = lines.dropFirst().compactMap(Self.field)
        rest = Array(bytes[(end + 4)...])
    }

    private static func field(_ line: Substring) -> HeaderField? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...]
        return HeaderField(String(line[..<colon]), String(value.trimmed))
    }

    private static func end(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first {
            bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
        }
    }

    private func value(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }

    var isChunked: Bool { value("transfer-encoding")?.lowercased() == "chunked" }
    var length: Int? { value("content-length").flatMap { Int($0) } }
}

extension Substring {
    /// Without spaces at its ends.
    var trimmed: Substring {
        var text = drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}

/// The chunked transfer coding.
enum Chunks {
    static func joined(_ bytes: [UInt8]) -> (bytes: [UInt8], isWhole: Bool) {
        var rest = bytes[...]
        var joined: [UInt8] = []
        while let line = rest.firstIndex(of: 10) {
            let digits = rest[..<line].prefix { $0 != 13 && $0 != UInt8(ascii: ";") }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else { break }
            if size == 0 { return (joined, true) }
            let content = rest[(line + 1)...]
            joined += content.prefix(size)
            guard content.count >= size + 2 else { break }
            rest = content.dropFirst(size + 2)
        }
        return (joined, false)
    }
}
