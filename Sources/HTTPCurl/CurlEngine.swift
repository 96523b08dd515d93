import CCurl
import Glibc
import HTTP

/// Commands to the thread that owns every libcurl handle.
///
/// The thread starts with the first transfer: a program that never sends
/// anything does not pay for libcurl.
final class CurlEngine: Sendable {
    enum Command {
        case start(Transfer)
        case cancel(Transfer)
        case resume(Transfer)
    }

    let settings: CurlSettings
    private let inbox = Guarded(Inbox())

    fileprivate struct Inbox {
        enum Phase {
            case idle
            case running(WakeHandle)
            case stopping(WakeHandle)
            case stopped
        }

        var phase = Phase.idle
        var commands: [Command] = []
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    init(_ settings: CurlSettings) {
        self.settings = settings
    }

    func start(_ transfer: Transfer) {
        let isAccepted = inbox.withLock { inbox in
            if case .idle = inbox.phase, let handle = startThread() { inbox.phase = .running(handle) }
            return inbox.post(.start(transfer))
        }
        if !isAccepted { transfer.finish(.failed(.shutDown)) }
    }

    func cancel(_ transfer: Transfer) {
        guard transfer.markCancelled() else { return }
        inbox.withLock { _ = $0.post(.cancel(transfer)) }
    }

    func resume(_ transfer: Transfer) {
        inbox.withLock { _ = $0.post(.resume(transfer)) }
    }

    /// The waiter is resumed when the thread has freed everything.
    func stop(_ waiter: CheckedContinuation<Void, Never>? = nil) {
        let isOver = inbox.withLock { inbox in
            switch inbox.phase {
            case .idle, .stopped:
                inbox.phase = .stopped
                return true
            case .running(let handle):
                inbox.phase = .stopping(handle)
                handle.wake()
            case .stopping: break
            }
            if let waiter { inbox.stopWaiters.append(waiter) }
            return false
        }
        if isOver { waiter?.resume() }
    }

    // The thread's side.

    /// What was posted since; nil when it is time to end.
    func takeCommands() -> [Command]? {
        inbox.withLock { inbox in
            guard case .running = inbox.phase else { return nil }
            defer { inbox.commands.removeAll(keepingCapacity: true) }
            return inbox.commands
        }
    }

    /// No wake-up can reach the handle after this.
    func takeLastCommands() -> [Command] {
        inbox.withLock { inbox in
            inbox.phase = .stopped
            defer { inbox.commands = [] }
            return inbox.commands
        }
    }

    func announceStop() {
        let waiters = inbox.withLock { inbox in
            defer { inbox.stopWaiters = [] }
            return inbox.stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func startThread() -> WakeHandle? {
        guard CurlLibrary.isReady, let multi = curl_multi_init() else { return nil }
        let start = Unmanaged.passRetained(ThreadStart(engine: self, multi: multi))
        var thread = pthread_t()
        guard pthread_create(&thread, nil, runEngine, start.toOpaque()) == 0 else {
            start.release()
            curl_multi_cleanup(multi)
            return nil
        }
        pthread_detach(thread)
        return WakeHandle(multi: multi)
    }
}

extension CurlEngine.Inbox {
    /// False if nobody will read it. Commands that wait already have woken
    /// the thread.
    fileprivate mutating func post(_ command: CurlEngine.Command) -> Bool {
        guard case .running(let handle) = phase else { return false }
        commands.append(command)
        if commands.count == 1 { handle.wake() }
        return true
    }
}

/// SAFETY: `curl_multi_wakeup` is the one call that libcurl allows from any
/// thread. It is made under the inbox's lock, and the thread marks the inbox
/// as stopped, under the same lock, before it frees the handle.
private struct WakeHandle: @unchecked Sendable {
    let multi: UnsafeMutableRawPointer

    func wake() { curl_multi_wakeup(multi) }
}

enum CurlLibrary {
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

private final class ThreadStart {
    let engine: CurlEngine
    let multi: UnsafeMutableRawPointer

    init(engine: CurlEngine, multi: UnsafeMutableRawPointer) {
        self.engine = engine
        self.multi = multi
    }
}

private func runEngine(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    // Signals belong to the program's own thread; a broken pipe to errno.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    CurlLoop(start.engine, multi: start.multi).run()
    return nil
}
