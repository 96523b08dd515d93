import CCurl
import Glibc
public import HTTP

/// Looks at ports with libcurl: each look has a connection and a thread of
/// its own.
///
/// Never by a proxy, since it is the host that is looked at. HTTP/1.1 only.
/// **Effects**: none that outlives a look. **Bounds**: `patience` to connect
/// and `patience` to listen; 1 MiB heard.
public struct CurlDialer: Dialer {
    public init() {}

    public func dial(_ dial: Dial) async -> DialReport {
        await withCheckedContinuation { waiter in
            OwnThread.start { waiter.resume(returning: Look(dial).run()) }
        }
    }

    public func lookUp(_ host: String) async -> Lookup {
        await withCheckedContinuation { waiter in
            OwnThread.start { waiter.resume(returning: NameLookup.of(host)) }
        }
    }
}

/// One look, on its thread.
private struct Look {
    private static let bound = 1 << 20
    let dial: Dial
    private let clock = ContinuousClock()

    init(_ dial: Dial) { self.dial = dial }

    func run() -> DialReport {
        guard CurlLibrary.isReady, let easy = curl_easy_init() else {
            return DialReport(failure: HTTPError(.other, detail: "out of memory"))
        }
        let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        ferry_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        let pinned = configure(easy)
        defer {
            curl_easy_cleanup(easy)
            curl_slist_free_all(pinned)
            errorText.deallocate()
        }
        let outcome = curl_easy_perform(easy)
        var report = DialReport(
            verifyCode: ferry_curl_get_long(easy, CURLINFO_SSL_VERIFYRESULT), chain: Self.chain(easy))
        guard outcome == CURLE_OK else {
            let own = String(cString: errorText)
            let text = own.isEmpty ? String(cString: curl_easy_strerror(outcome)) : own
            report.failure = DialFailure.error(
                outcome, text, errno: ferry_curl_get_long(easy, CURLINFO_OS_ERRNO))
            return report
        }
        talk(easy, &report)
        return report
    }

    // MARK: connecting

    /// The list must outlive the handle.
    private func configure(_ easy: UnsafeMutableRawPointer) -> UnsafeMutablePointer<curl_slist>? {
        let scheme = dial.layer == .plain ? "http" : "https"
        let name = dial.host.contains(":") ? "[\(dial.host)]" : dial.host
        ferry_curl_set_text(easy, CURLOPT_URL, "\(scheme)://\(name):\(dial.port)/")
        ferry_curl_set_text(easy, CURLOPT_PROXY, "")
        ferry_curl_set_long(easy, CURLOPT_CONNECT_ONLY, 1)
        ferry_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ferry_curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        ferry_curl_set_long(easy, CURLOPT_TIMEOUT_MS, dial.patience.wholeMilliseconds)
        if case .tls(let isVerified, let offer) = dial.layer { setTLS(easy, isVerified, offer) }
        guard let address = dial.address else { return nil }
        let numeric = address.contains(":") ? "[\(address)]" : address
        let pinned = curl_slist_append(nil, "\(name):\(dial.port):\(numeric)")
        ferry_curl_set_pointer(easy, CURLOPT_RESOLVE, pinned)
        return pinned
    }

    private func setTLS(_ easy: UnsafeMutableRawPointer, _ isVerified: Bool, _ offer: Dial.Offer) {
        ferry_curl_set_long(easy, CURLOPT_CERTINFO, 1)
        if let caFile = dial.caFile { ferry_curl_set_text(easy, CURLOPT_CAINFO, caFile) }
        ferry_curl_set_long(easy, CURLOPT_SSL_VERIFYPEER, isVerified ? 1 : 0)
        ferry_curl_set_long(easy, CURLOPT_SSL_VERIFYHOST, isVerified ? 2 : 0)
        switch offer {
        case .usual: break
        case .newest: ferry_curl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_3))
        case .outdated:
            // The system's own policy would refuse before the server is asked.
            let range = Int(CURL_SSLVERSION_TLSv1_0) | Int(CURL_SSLVERSION_MAX_TLSv1_1)
            ferry_curl_set_long(easy, CURLOPT_SSLVERSION, range)
            ferry_curl_set_text(easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0")
        }
    }

    private static func chain(_ easy: UnsafeMutableRawPointer) -> [[HeaderField]] {
        guard let info = ferry_curl_get_certificates(easy)?.pointee, let slots = info.certinfo else {
            return []
        }
        return (0..<Int(info.num_of_certs)).map { place in
            var fields: [HeaderField] = []
            var line = slots[place]
            while let item = line {
                let text = item.pointee.data.map { String(cString: $0) } ?? ""
                let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 { fields.append(HeaderField(String(parts[0]), String(parts[1]))) }
                line = item.pointee.next
            }
            return fields
        }
    }

    // MARK: talking

    private func talk(_ easy: UnsafeMutableRawPointer, _ report: inout DialReport) {
        guard !dial.words.isEmpty else { return }
        let begun = clock.now
        let deadline = begun + dial.patience
        if let failure = say(easy, until: deadline) {
            report.failure = failure
            return
        }
        var heard: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while heard.count < Self.bound {
            var count = 0
            let outcome = curl_easy_recv(easy, &chunk, chunk.count, &count)
            if outcome == CURLE_AGAIN {
                guard waits(easy, for: Int16(POLLIN), until: deadline) else {
                    report.failure = HTTPError(.timedOut, detail: "no byte for \(dial.patience)")
                    return
                }
                continue
            }
            guard outcome == CURLE_OK, count > 0 else {
                if outcome != CURLE_OK || heard.isEmpty { report.failure = Self.hangUp }
                return
            }
            let seconds = begun.duration(to: clock.now) / .seconds(1)
            report.pieces.append(.init(Array(chunk[..<count]), after: seconds))
            heard += chunk[..<count]
            if dial.isEnough(heard) { return }
        }
    }

    private static let hangUp = HTTPError(
        .connectionLost, detail: "closed by the server", mayHaveArrived: true)

    private func say(_ easy: UnsafeMutableRawPointer, until deadline: ContinuousClock.Instant) -> HTTPError? {
        var rest = dial.words[...]
        while !rest.isEmpty {
            var count = 0
            let outcome = rest.withUnsafeBytes { curl_easy_send(easy, $0.baseAddress, $0.count, &count) }
            if outcome == CURLE_AGAIN {
                guard waits(easy, for: Int16(POLLOUT), until: deadline) else {
                    return HTTPError(.timedOut, detail: "nothing is taken for \(dial.patience)")
                }
                continue
            }
            guard outcome == CURLE_OK else { return Self.hangUp }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    private func waits(
        _ easy: UnsafeMutableRawPointer, for events: Int16, until deadline: ContinuousClock.Instant
    ) -> Bool {
        let left = clock.now.duration(to: deadline)
        guard left > .zero else { return false }
        var poller = pollfd(fd: ferry_curl_get_socket(easy), events: events, revents: 0)
        return poll(&poller, 1, Int32(clamping: left.wholeMilliseconds)) > 0
    }
}

/// libcurl's and OpenSSL's words -> what kind of failure it is.
enum DialFailure {
    static func error(_ outcome: CURLcode, _ text: String, errno code: Int) -> HTTPError {
        HTTPError(kind(outcome, text, code), detail: text)
    }

    private static func kind(_ outcome: CURLcode, _ text: String, _ code: Int) -> HTTPError.Code {
        switch outcome {
        case CURLE_COULDNT_RESOLVE_HOST: .nameNotFound
        case CURLE_COULDNT_CONNECT: code == Int(ECONNREFUSED) ? .connectionRefused : .unreachable
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: .certificateRejected
        case CURLE_SSL_CACERT_BADFILE: .fileUnreadable
        case CURLE_URL_MALFORMAT: .badURL
        case CURLE_SSL_CONNECT_ERROR: HandshakeWords.code(text)
        default: .other
        }
    }
}
