import Glibc
import Synchronization

/// Ctrl-C and SIGTERM cancel the work, which then cleans up behind itself; a
/// second signal ends the program at once.
enum Interrupts {
    /// Call first thing in `main`: threads made later inherit the mask.
    static func block() {
        var set = SignalWatch.set()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        // A limit of file size is an error of the write, told like a full disk.
        signal(SIGXFSZ, SIG_IGN)
    }

    static func cancelling<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let watch = SignalWatch()
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                defer { watch.stop() }
                return try await work()
            }
            group.addTask {
                await watch.wait()
                return nil
            }
            while let finished = try await group.next() {
                if let result = finished { return result }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }
}

/// Waits for the two signals in a thread of its own.
private final class SignalWatch: Sendable {
    private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)
    private let isOver = Mutex(false)

    func wait() async {
        await withCheckedContinuation { continuation in
            waiter.withLock { $0 = continuation }
            if isOver.withLock({ $0 }) { return fire() }
            SignalThread.start(self)
        }
    }

    func stop() {
        isOver.withLock { $0 = true }
        fire()
    }

    func fire() {
        waiter.withLock { waiter in
            let waiting = waiter
            waiter = nil
            return waiting
        }?.resume()
    }

    static func set() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        return set
    }
}

private enum SignalThread {
    static func start(_ watch: SignalWatch) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(watch).toOpaque()
        pthread_create(&thread, nil, signalLoop, box)
        pthread_detach(thread)
    }
}

private func signalLoop(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let box else { return nil }
    let watch = Unmanaged<SignalWatch>.fromOpaque(box).takeRetainedValue()
    var set = SignalWatch.set()
    var received: Int32 = 0
    sigwait(&set, &received)
    watch.fire()
    sigwait(&set, &received)
    _exit(130)
}
