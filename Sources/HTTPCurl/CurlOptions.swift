import CCurl
import HTTP

/// Puts a request on an easy handle that was reset. Returns the form, which
/// must outlive the transfer.
func configure(
    _ easy: UnsafeMutableRawPointer, for request: Request, _ settings: CurlSettings
) throws(HTTPError) -> OpaquePointer? {
    guard let origin = Origin(request.url) else {
        throw HTTPError(.badURL, detail: "not an http or https URL without user information")
    }
    ferry_curl_set_text(easy, CURLOPT_URL, request.url)
    setManners(easy)
    setConnection(easy, origin, request, settings)
    setLimits(easy, request, settings)
    return try setMethodAndBody(easy, request)
}

/// The same for every request.
private func setManners(_ easy: UnsafeMutableRawPointer) {
    ferry_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    ferry_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
    ferry_curl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
    ferry_curl_set_long(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    ferry_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    ferry_curl_set_long(easy, CURLOPT_NOPROGRESS, 1)
    ferry_curl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    ferry_curl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
    ferry_curl_set_long(easy, CURLOPT_BUFFERSIZE, 128 * 1024)
    // Without a head it is not HTTP; the first bytes then tell what it is.
    ferry_curl_set_long(easy, CURLOPT_HTTP09_ALLOWED, 1)
    // HTTP/2 was no faster, and libcurl 7.88 leaks what a paused HTTP/2 stream
    // holds when it is aborted.
    ferry_curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
}

private func setConnection(
    _ easy: UnsafeMutableRawPointer, _ origin: Origin, _ request: Request, _ settings: CurlSettings
) {
    ferry_curl_set_text(easy, CURLOPT_USERAGENT, "ferry/\(settings.version)")
    if let caFile = settings.caFile { ferry_curl_set_text(easy, CURLOPT_CAINFO, caFile) }
    if request.needsFreshConnection {
        ferry_curl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        ferry_curl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
    }
    if origin.isLoopback {
        // An empty name means: no proxy, whatever the environment says.
        ferry_curl_set_text(easy, CURLOPT_PROXY, "")
    }
    if settings.compression.applies(to: origin) { ferry_curl_set_text(easy, CURLOPT_ACCEPT_ENCODING, "gzip") }
}

private func setLimits(_ easy: UnsafeMutableRawPointer, _ request: Request, _ settings: CurlSettings) {
    ferry_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.wholeMilliseconds)
    // libcurl counts whole seconds and drops what is older than the number.
    ferry_curl_set_long(easy, CURLOPT_MAXAGE_CONN, max(1, settings.idleBound.wholeSeconds - 1))
    if let timeout = request.timeout {
        ferry_curl_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, timeout.wholeMilliseconds))
    }
}

private func setMethodAndBody(
    _ easy: UnsafeMutableRawPointer, _ request: Request
) throws(HTTPError) -> OpaquePointer? {
    var form: OpaquePointer?
    switch request.body {
    case .none where request.method == .get || request.method == .delete:
        ferry_curl_set_long(easy, CURLOPT_HTTPGET, 1)
    case .none:
        setBytes(easy, [])
    case .bytes(let bytes, _):
        setBytes(easy, bytes)
    case .form(let parts):
        form = try makeForm(easy, parts)
        ferry_curl_set_pointer(easy, CURLOPT_MIMEPOST, UnsafeRawPointer(form))
    }
    ferry_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    return form
}

private func setBytes(_ easy: UnsafeMutableRawPointer, _ bytes: [UInt8]) {
    ferry_curl_set_long(easy, CURLOPT_POST, 1)
    ferry_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
    // Copied by libcurl: an array's storage has no lasting address.
    bytes.withUnsafeBytes { buffer in
        // Nil would mean that the body is to be read from a callback.
        guard let start = buffer.baseAddress else {
            return _ = ferry_curl_set_text(easy, CURLOPT_COPYPOSTFIELDS, "")
        }
        ferry_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, start)
    }
}

private func makeForm(_ easy: UnsafeMutableRawPointer, _ parts: [FormPart]) throws(HTTPError)
    -> OpaquePointer?
{
    guard let form = curl_mime_init(easy) else { throw HTTPError(.other, detail: "out of memory") }
    for part in parts {
        guard let slot = curl_mime_addpart(form), add(part, to: slot) == CURLE_OK else {
            curl_mime_free(form)
            throw part.unusable
        }
    }
    return form
}

private func add(_ part: FormPart, to slot: OpaquePointer) -> CURLcode {
    switch part {
    case .field(let name, let value):
        curl_mime_name(slot, name)
        return Array(value.utf8).withUnsafeBytes { bytes in
            curl_mime_data(slot, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    case .file(let name, let path, let fileName, let contentType):
        curl_mime_name(slot, name)
        let result = curl_mime_filedata(slot, path)
        curl_mime_filename(slot, fileName)
        curl_mime_type(slot, contentType)
        return result
    }
}

extension FormPart {
    fileprivate var unusable: HTTPError {
        switch self {
        case .field(let name, _): HTTPError(.other, detail: "the form field \(name) cannot be sent")
        case .file(_, let path, _, _): HTTPError(.fileUnreadable, detail: path)
        }
    }
}

extension Request {
    /// The caller frees the list.
    func headerLines(_ settings: CurlSettings) throws(HTTPError) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in headers.map(\.line) + ownLines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw HTTPError(.other, detail: "out of memory")
            }
            list = longer
        }
        return list
    }

    /// No `Expect`: a server that ignores it would cost a second each time.
    private var ownLines: [String] {
        switch body {
        case .none: ["Expect:", "Content-Type:"]
        case .bytes(_, let contentType): ["Expect:", "Content-Type: \(contentType)"]
        case .form: ["Expect:"]
        }
    }
}

extension HeaderField {
    /// libcurl reads `Name:` as a wish to leave it out.
    fileprivate var line: String { value.isEmpty ? "\(name);" : "\(name): \(value)" }
}
