/// The time, and waiting for it; tests bring their own.
public struct Timepiece: Sendable {
    /// Never goes back.
    public let now: @Sendable () -> ContinuousClock.Instant
    /// Throws when the task is cancelled.
    public let sleep: @Sendable (Duration) async throws -> Void

    public init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's clock.
    public static let system = Timepiece(
        now: { ContinuousClock.now }, sleep: { try await Task.sleep(for: $0) })

    /// **Errors**: `HTTPError.cancelled` when the task is cancelled.
    func wait(_ duration: Duration) async throws {
        guard duration > .zero else { return }
        do {
            try await sleep(duration)
        } catch {
            throw HTTPError(.cancelled, detail: "cancelled while waiting to send")
        }
    }
}
