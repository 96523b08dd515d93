import CCurl
import HTTP

/// A transfer as the engine's thread works on it; never leaves that thread.
final class CurlJob {
    let transfer: Transfer
    let easy: UnsafeMutableRawPointer
    let usesFreshConnection: Bool
    var parser = HeadParser()
    /// Came, and is not yet delivered.
    var head: ResponseHead?
    var arrived: [UInt8] = []
    /// Bytes with the reader when last looked; it can only have fallen since.
    var waiting = 0
    var isPaused = false
    /// Says more than libcurl's code for why it ended.
    var ownError: HTTPError?
    /// Whether the loop knows that something came.
    var isTouched = false
    var lastProgress: ContinuousClock.Instant
    var lastUploaded = 0

    private let bound: Int
    private let touch: (CurlJob) -> Void
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headerLines: UnsafeMutablePointer<curl_slist>?
    private var mime: OpaquePointer?

    init(
        _ transfer: Transfer, easy: UnsafeMutableRawPointer, bound: Int, at now: ContinuousClock.Instant,
        touch: @escaping (CurlJob) -> Void
    ) {
        self.transfer = transfer
        self.easy = easy
        self.bound = bound
        self.touch = touch
        lastProgress = now
        usesFreshConnection = transfer.request.needsFreshConnection
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_slist_free_all(headerLines)
        curl_mime_free(mime)
        errorText.deallocate()
    }

    /// libcurl's own sentence, empty if it has none.
    var errorDetail: String { String(cString: errorText) }

    // What the callbacks do.

    func receiveHeader(_ line: UnsafeRawBufferPointer) {
        guard let head = parser.read(line) else { return }
        self.head = head
        touchOnce()
    }

    enum Reception {
        case taken, full, refused
    }

    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Reception {
        guard parser.isComplete else {
            ownError = .notHTTP(bytes)
            return .refused
        }
        if arrived.count + waiting >= bound { waiting = transfer.waitingBytes }
        guard arrived.count + waiting < bound else {
            isPaused = true
            touchOnce()
            return .full
        }
        arrived.append(contentsOf: bytes)
        touchOnce()
        return .taken
    }

    private func touchOnce() {
        guard !isTouched else { return }
        isTouched = true
        touch(self)
    }

    // What the loop does.

    /// Hands over what came. True if libcurl has to be told to read on.
    func deliver() -> Bool {
        isTouched = false
        if let head { transfer.deliver(head) }
        head = nil
        guard !arrived.isEmpty || isPaused else { return false }
        waiting = transfer.deliver(&arrived, pausing: isPaused)
        return isPaused && waiting == 0
    }

    func readOn(at now: ContinuousClock.Instant) {
        guard isPaused else { return }
        isPaused = false
        waiting = 0
        lastProgress = now
        curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    /// When it will have been silent for too long; nil while it is the reader
    /// who is slow.
    func stallDeadline() -> ContinuousClock.Instant? {
        guard !isPaused else { return nil }
        return lastProgress + transfer.request.stall
    }

    /// Whether bytes went out since the last look.
    func noticesUpload(at now: ContinuousClock.Instant) -> Bool {
        let uploaded = ferry_curl_get_size(easy, CURLINFO_SIZE_UPLOAD_T)
        guard uploaded != lastUploaded else { return false }
        lastUploaded = uploaded
        lastProgress = now
        return true
    }

    var isTLS: Bool { transfer.request.url.lowercased().hasPrefix("https:") }

    /// Whether a part of the request may have reached the server. libcurl
    /// counts the bytes of the head when they are written.
    var mayHaveArrived: Bool {
        guard ferry_curl_get_long(easy, CURLINFO_REQUEST_SIZE) > 0 else { return false }
        // The head of a CONNECT to a proxy counts as well. On a connection of
        // its own nothing was sent to the server before TLS was ready.
        guard isTLS, usesFreshConnection else { return true }
        return ferry_curl_get_size(easy, CURLINFO_APPCONNECT_TIME_T) > 0
    }

    func prepare(_ settings: CurlSettings) throws(HTTPError) {
        ferry_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        connectCallbacks()
        headerLines = try transfer.request.headerLines(settings)
        ferry_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headerLines)
        mime = try configure(easy, for: transfer.request, settings)
    }

    private func connectCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ferry_curl_set_sink(easy, CURLOPT_WRITEFUNCTION, receiveBodyBytes)
        ferry_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        ferry_curl_set_sink(easy, CURLOPT_HEADERFUNCTION, receiveHeaderLine)
        ferry_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
    }
}

extension Request {
    /// libcurl sends a request again by itself if a pooled connection proves
    /// dead before the first byte of the answer. Fine for what may be
    /// repeated; a create must be on a connection of its own.
    var needsFreshConnection: Bool {
        if case .create = effect { return true }
        return usesFreshConnection
    }
}

private func receiveBodyBytes(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let job = Unmanaged<CurlJob>.fromOpaque(context).takeUnretainedValue()
    switch job.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) {
    case .taken: return size * count
    case .full: return Int(CURL_WRITEFUNC_PAUSE)
    // Any other count than was given ends the transfer.
    case .refused: return size * count + 1
    }
}

private func receiveHeaderLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let job = Unmanaged<CurlJob>.fromOpaque(context).takeUnretainedValue()
    job.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}
