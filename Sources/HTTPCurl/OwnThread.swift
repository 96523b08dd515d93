import CCurl
import Glibc

/// Runs a blocking body on a thread of its own, so that it keeps none of the
/// cooperative ones.
enum OwnThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Without a thread the body runs at once, on the caller's.
    static func start(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run))
        var thread = pthread_t()
        guard pthread_create(&thread, nil, runBody, body.toOpaque()) == 0 else {
            body.release()
            return run()
        }
        pthread_detach(thread)
    }

    private static let runBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        guard let context = $0 else { return nil }
        // Signals belong to the program's own thread.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
}
