import HTTP

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

    /// Which servers are asked to compress their answers.
    public var compression = Compression.remoteOnly

    /// Over a loopback, compression costs more than it saves.
    public enum Compression: Sendable {
        case never, remoteOnly, always

        func applies(to origin: Origin) -> Bool {
            switch self {
            case .never: false
            case .remoteOnly: !origin.isLoopback
            case .always: true
            }
        }
    }

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
        guard seconds < Int64(Int32.max) else { return Int(Int32.max) * 1000 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    var wholeSeconds: Int { Int(clamping: components.seconds) }
}
