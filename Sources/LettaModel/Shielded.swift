/// Runs clean-up to its end although the task around it was cancelled.
///
/// A cancelled task can send no request, and a temporary agent must be removed
/// on every way out. The detached task is awaited here, so it ends before its
/// scope does: structured in all but its cancellation.
public func shielded<Result: Sendable>(
    _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await Task.detached { try await work() }.value
}
