/// How a `CurlExchange` connects; the same for all its requests.
public struct CurlSettings: Sendable {
    /// Sent as `User-Agent: ferry/<version>`.
    public var version: String
    /// A PEM file of certificate authorities, instead of the system's.
    public var caFile: String?
    /// Name lookup, TCP and TLS together.
    public var connectTimeout: Duration
    /// Bytes of one answer that wait for their reader before its connection
    /// is paused.
    public var bufferBound: Int
    /// Connections that were idle longer are not used again. Below the five
    /// seconds after which uvicorn closes them.
    public var idleBound: Duration
    /// Idle connections kept.
    public var keptConnections: Int

    public init(
        version: String, caFile: String? = nil, connectTimeout: Duration = .seconds(15),
        bufferBound: Int = 512 * 1024, idleBound: Duration = .seconds(4), keptConnections: Int = 64
    ) {
        self.version = version
        self.caFile = caFile
        self.connectTimeout = connectTimeout
        self.bufferBound = bufferBound
        self.idleBound = idleBound
        self.keptConnections = keptConnections
    }
}

extension Duration {
    /// Rounded up, so that a short duration does not become "no limit".
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        let milliseconds = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue) + Int(milliseconds)
    }

    var wholeSeconds: Int { Int(clamping: components.seconds) }
}
