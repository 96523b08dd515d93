import CCurl
import Glibc
import HTTP

extension CurlJob {
    /// Why libcurl ended without the whole answer.
    func failure(_ outcome: CURLcode) -> HTTPError {
        if let ownError { return ownError.arriving(mayHaveArrived) }
        var text = errorDetail.isEmpty ? String(cString: curl_easy_strerror(outcome)) : errorDetail
        if outcome == CURLE_GOT_NOTHING, !isTLS { text += " (a server that expects https closes like this)" }
        return HTTPError(code(outcome, text), detail: text, mayHaveArrived: mayHaveArrived)
    }

    private func code(_ outcome: CURLcode, _ text: String) -> HTTPError.Code {
        switch outcome {
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: .badURL
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameNotFound
        case CURLE_COULDNT_CONNECT: isRefused ? .connectionRefused : .unreachable
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_PARTIAL_FILE: .truncated
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            .connectionLost
        case CURLE_RECV_ERROR: receiveCode(text)
        case CURLE_SSL_CONNECT_ERROR: HandshakeWords.code(text)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: .certificateRejected
        case CURLE_SSL_CACERT_BADFILE, CURLE_READ_ERROR, CURLE_FILE_COULDNT_READ_FILE: .fileUnreadable
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED:
            .tlsFailed
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        default: .other
        }
    }

    private var isRefused: Bool { ferry_curl_get_long(easy, CURLINFO_OS_ERRNO) == ECONNREFUSED }

    /// OpenSSL 3 reports an end of the stream without a farewell as an error
    /// of receiving; after the head that is a short body.
    private func receiveCode(_ text: String) -> HTTPError.Code {
        parser.isComplete && text.contains("unexpected eof") ? .truncated : .connectionLost
    }

}

/// What OpenSSL says of a handshake that failed.
enum HandshakeWords {
    static func code(_ text: String) -> HTTPError.Code {
        let plainSpeech = [
            "wrong version number", "packet length too long", "http request", "unknown protocol",
        ]
        if plainSpeech.contains(where: text.contains) { return .tlsToPlainPort }
        let hangUps = ["reset by peer", "SSL_ERROR_SYSCALL", "unexpected eof", "Broken pipe"]
        return hangUps.contains(where: text.contains) ? .connectionLost : .tlsFailed
    }
}

extension HTTPError {
    func arriving(_ mayHaveArrived: Bool) -> HTTPError {
        HTTPError(code, detail: detail, mayHaveArrived: mayHaveArrived)
    }

    /// The answer began with something else than a status line. A TLS record
    /// begins with its type (alert or handshake) and the major version 3.
    static func notHTTP(_ bytes: UnsafeRawBufferPointer) -> HTTPError {
        if bytes.count > 1, bytes[0] == 0x15 || bytes[0] == 0x16, bytes[1] == 0x03 {
            return HTTPError(.plainToTLSPort, detail: "the server answered plain HTTP with a TLS record")
        }
        return HTTPError(.other, detail: "the server's answer is not HTTP")
    }

    static func stalled(_ stall: Duration) -> HTTPError {
        HTTPError(.timedOut, detail: "no byte for \(stall)")
    }

    static let cancelled = HTTPError(.cancelled, detail: "cancelled")
    static let shutDown = HTTPError(.cancelled, detail: "the connections were shut down")
}
