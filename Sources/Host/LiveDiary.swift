/// What becomes of the throwaway agent of a live reply, as it happens.
public enum LiveEvent: Sendable, Equatable {
    /// Told before the request goes out: whoever hears it can still say no.
    case willMake
    case made(String)
    /// The server answered, and there is no agent.
    case refused(String)
    /// There may be one.
    case unknown(String)
    case willRemove(String)
    case removed(String)
    case left(String)
}

/// Who writes down what a live look makes, so that a look that is killed
/// leaves something behind by which its agent is found.
public protocol LiveDiary: Sendable {
    /// **Errors**: only that of `willMake` counts: then nothing is made.
    func note(_ event: LiveEvent) async throws
}
