public import LettaModel
public import WorkerTree

/// What a check asks of programs that are no Letta server: a narrow door, so
/// that the engine opens no socket and a test can answer.
public protocol Neighbours: Sendable {
    /// One GET of a tool server's address; no redirect is followed, and of the
    /// answer only its status is read.
    func call(_ url: String) async -> NeighbourAnswer

    /// One GET of a Letta server's address with a worker's own token, as the
    /// worker would send it; of the answer only its status is read.
    func call(_ url: String, with token: Secret?) async -> NeighbourAnswer

    /// One `PING` in Redis' protocol; no password is sent.
    func ping(_ redis: RedisAddress) async -> NeighbourAnswer
}

public enum NeighbourAnswer: Sendable, Equatable {
    case status(Int)
    /// Redis' first line, without its end.
    case line(String)
    /// In words that follow a colon.
    case silent(String)
}

/// Where a Redis listens; `HOST` or `HOST:PORT`.
public struct RedisAddress: Sendable, Equatable, CustomStringConvertible {
    public let host: String
    public let port: Int

    public static let usualPort = 6379

    /// nil where the text is no such address. An IPv6 address stands in brackets.
    public init?(_ text: String) {
        guard let end = text.hasPrefix("[") ? text.firstIndex(of: "]") : nil else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard let host = parts.first, !host.isEmpty, parts.count < 3, !host.contains("/") else {
                return nil
            }
            self.init(host, parts.count == 2 ? parts[1] : nil)
            return
        }
        let rest = text[text.index(after: end)...]
        guard rest.isEmpty || rest.first == ":" else { return nil }
        self.init(
            String(text[text.index(after: text.startIndex)..<end]),
            rest.isEmpty ? nil : String(rest.dropFirst()))
    }

    /// - Parameter port: nil for the usual one.
    public init?(_ host: String, _ port: String?) {
        let number = port.map { Int($0) } ?? Self.usualPort
        guard let number, (1...65_535).contains(number), !host.isEmpty else { return nil }
        self.host = host
        self.port = number
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What `ferry workers check` was asked.
public struct WorkersCheckOrder: Sendable {
    /// Absolute, or `user@host:path`.
    public var folder: String
    public var host: HostView
    /// Letta's Redis, where the user or the environment names it.
    public var redis: RedisAddress?
    public var neighbours: any Neighbours

    public init(
        _ folder: String, host: HostView = HostView(), redis: RedisAddress? = nil, neighbours: any Neighbours
    ) {
        self.folder = folder
        self.host = host
        self.redis = redis
        self.neighbours = neighbours
    }
}
