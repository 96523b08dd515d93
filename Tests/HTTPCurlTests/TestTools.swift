import Glibc
import HTTP
import Synchronization

/// Closed until opened, for threads and for tasks.
final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() {
        while !isOpen.load(ordering: .acquiring) { usleep(1000) }
    }

    /// Returns when it opens, or when the test runs out of time: a sleep in a
    /// cancelled task ends at once, and waiting on would spin for ever.
    func opened() async {
        while !isOpen.load(ordering: .acquiring), !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}

func thrown(_ body: () async throws -> Void) async -> HTTPError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? HTTPError ?? HTTPError(.other, detail: "not an HTTPError: \(error)")
    }
}

func errorCode(_ body: () async throws -> Void) async -> HTTPError.Code? { await thrown(body)?.code }

/// Removed when released.
final class TemporaryFile {
    let path: String
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        var template = Array("/tmp/ferry-http-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, bytes.count) }
        close(descriptor)
        guard written == bytes.count else { throw SocketFailure(step: "write") }
    }

    deinit { unlink(path) }
}
