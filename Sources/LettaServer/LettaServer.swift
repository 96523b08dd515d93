public import HTTP
public import Home
public import LettaModel

/// A Letta REST server as a place where agents live.
///
/// **Source**: routes and shapes of server 0.16.8; what differs down to
/// 0.11.7 is asked from `/openapi.json`, never guessed from the version alone.
/// Copies of a value share what was probed and the lock around exports.
public struct LettaServer<Side: HomeSide>: Home {
    public let address: HomeAddress
    let wire: Wire
    let shared: Shared

    /// - Parameters:
    ///   - name: the server's name in the config; the URL where it has none.
    ///   - url: with or without `/v1`, with or without a trailing slash.
    ///   - project: goes into `X-Project-Id` or, where it is a slug, `X-Project`.
    /// **Errors**: `usage` where the URL is none, or carries a password.
    public init(
        name: String, url: String, project: String? = nil, token: Secret? = nil, exchange: any Exchange
    ) throws {
        let root = try ServerURL.normalized(url, of: name)
        let address = HomeAddress(name: name, url: root, project: project)
        self.address = address
        wire = Wire(address: address, token: token, end: Failure.End(rawValue: Side.name), exchange: exchange)
        shared = Shared()
    }

    /// What the copies of one server share.
    final class Shared: Sendable {
        let probing = Turnstile()
        let exporting = Turnstile()
        let abilities = Once<Abilities>()
    }
}
