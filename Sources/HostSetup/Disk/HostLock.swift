import Glibc
import Hashing
import LettaModel

/// One ferry at a time changes a host: a lock of the kernel, which is gone
/// with the process that has it.
final class HostLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Parameters:
    ///   - root: empty for the host itself, whose lock is below /run, so that
    ///     it is the same for every journal.
    ///   - journal: beside it lies the lock of a scratch root.
    ///
    /// **Effects**: an empty file of mode 0600, which stays.
    /// **Errors**: `run-busy` where another has it; `file-unwritable`.
    static func take(root: String, journal: String) throws -> HostLock {
        let path = path(root: root, journal: journal)
        let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw HostDisk.failed(path, "cannot be opened") }
        // A program that is just being started holds a copy for a moment.
        var number = EWOULDBLOCK
        for attempt in 0..<20 where number == EWOULDBLOCK {
            if attempt > 0 { usleep(50_000) }
            number = flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
        }
        guard number == 0 else {
            close(file)
            guard number == EWOULDBLOCK else { throw HostDisk.failed(path, "cannot be locked", number) }
            throw Failure(
                .runBusy, subject: root.isEmpty ? "/" : root, reason: "another ferry changes this host now",
                remedy: "wait for it, then plan anew: ferry host plan")
        }
        return HostLock(file)
    }

    private static func path(root: String, journal: String) -> String {
        guard !root.isEmpty else { return "/run/ferry-host.lock" }
        let mark = ContentDigest.ofBytes(Array(root.utf8)).description.prefix(16)
        return "\(HostDisk.folder(of: journal))/host-\(mark).lock"
    }
}
