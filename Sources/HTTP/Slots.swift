/// A fixed number of places, given out in the order they were asked for.
final class Slots: Sendable {
    private let state: Guarded<State>

    private struct State {
        typealias Waiter = CheckedContinuation<Void, any Error>

        var free: Int
        var waiting: [(number: Int, waiter: Waiter)] = []
        var lastNumber = 0
        /// Cancelled before they could begin to wait.
        var hasty: Set<Int> = []
    }

    init(_ count: Int) {
        precondition(count > 0)
        state = Guarded(State(free: count))
    }

    /// **Errors**: `HTTPError.cancelled` when the task is cancelled while it
    /// waits; it then holds no place.
    func take() async throws -> Slot {
        if !takeFree() { try await wait() }
        return Slot(self)
    }

    private func takeFree() -> Bool {
        state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
    }

    private func wait() async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        defer { state.withLock { _ = $0.hasty.remove(number) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enqueue($0, number: number) }
        } onCancel: {
            cancel(number)
        }
    }

    private func enqueue(_ waiter: State.Waiter, number: Int) {
        let outcome = state.withLock { state -> Result<Void, any Error>? in
            if state.hasty.contains(number) { return .failure(Slots.cancelled) }
            guard state.free == 0 else {
                state.free -= 1
                return .success(())
            }
            state.waiting.append((number, waiter))
            return nil
        }
        if let outcome { waiter.resume(with: outcome) }
    }

    private func cancel(_ number: Int) {
        let waiter = state.withLock { state -> State.Waiter? in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else {
                state.hasty.insert(number)
                return nil
            }
            return state.waiting.remove(at: index).waiter
        }
        waiter?.resume(throwing: Slots.cancelled)
    }

    fileprivate func giveBack() {
        let next = state.withLock { state -> State.Waiter? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().waiter }
            state.free += 1
            return nil
        }
        next?.resume()
    }

    private static let cancelled = HTTPError(.cancelled, detail: "cancelled while waiting for a place")
}

/// One place; given back once, at the latest when it is released.
final class Slot: Sendable {
    private let slots: Slots
    private let isHeld = Guarded(true)

    fileprivate init(_ slots: Slots) {
        self.slots = slots
    }

    deinit { giveBack() }

    func giveBack() {
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        if wasHeld { slots.giveBack() }
    }
}

extension Exchange {
    /// Sends while holding a place, which is kept until the answer's body has
    /// ended or was dropped.
    func send(_ request: Request, in slots: Slots, after pause: () async throws -> Void = {}) async throws
        -> Response
    {
        let slot = try await slots.take()
        do {
            try await pause()
            return try await send(request).watched { _ in slot.giveBack() }
        } catch {
            slot.giveBack()
            throw error
        }
    }
}
