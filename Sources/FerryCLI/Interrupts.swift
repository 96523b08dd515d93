import Glibc
import Synchronization

/// Ctrl-C and SIGTERM cancel the work, which then cleans up behind itself; a
/// second signal ends the program at once.
enum Interrupts {
    /// Call first thing in `main`. A signal may reach any thread, so that a
    /// mask of one of them would not do.
    static func listen() {
        signal(SIGPIPE, SIG_IGN)
        // A limit of file size is an error of the write, told like a full disk.
        signal(SIGXFSZ, SIG_IGN)
        SignalPipe.open()
        for number in [SIGINT, SIGTERM] where !isIgnored(number) { catchSignal(number) }
    }

    /// As whoever started the program wanted it: `nohup`, a job in the
    /// background.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        return sigaction(number, nil, &action) == 0
            && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    private static func catchSignal(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in SignalPipe.ring() }
        action.sa_flags = SA_RESTART
        sigaction(number, &action, nil)
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

/// From a signal's handler to a thread that may do more than a handler.
private enum SignalPipe {
    private static let ends: (reading: Int32, writing: Int32) = {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }()

    /// Before the first handler: nothing may be made in one.
    static func open() { _ = ends }

    static func ring() {
        let saved = errno
        var byte: UInt8 = 1
        _ = write(ends.writing, &byte, 1)
        errno = saved
    }

    static func wait() {
        var byte: UInt8 = 0
        while read(ends.reading, &byte, 1) < 0 && errno == EINTR {}
    }
}

/// Waits for a signal in a thread of its own.
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
    SignalPipe.wait()
    watch.fire()
    SignalPipe.wait()
    _exit(130)
}
