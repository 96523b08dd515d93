import Home
import Journal
import LettaModel

/// The life of a temporary reader agent: announced, journalled, removed on
/// every way out of `body`, and by resume after a kill.
struct ReaderScope<Side: HomeSide>: Sendable {
    let ledger: Ledger<Side>
    let progress: ProgressSink

    /// - Parameter template: the state of a real agent, for servers that
    ///   want a model configuration.
    ///
    /// **Errors**: `reader-failed` when no reader can be made; then nothing
    /// of it is left. `reader-left-behind` when it can't be removed.
    func withReader<Result: Sendable>(
        template: VerbatimJSON, _ body: (ServerID<AgentKind, Side>) async throws -> Result
    ) async throws -> Result {
        try await sweep()
        let reader = try await make(template)
        let result: Result
        do {
            result = try await body(reader)
        } catch {
            try? await shielded { try await remove(reader) }
            throw error
        }
        try await shielded { try await remove(reader) }
        return result
    }

    /// Removes readers that an earlier, killed attempt of this run left.
    func sweep() async throws {
        guard try await !ledger.steps("create-reader").isEmpty else { return }
        let open = try await ledger.openSteps("create-reader")
        for found in try await left(open) {
            progress(.note("removing the reader agent \(found.marker) that an earlier attempt left"))
            try await remove(ServerID(found.id))
        }
        for step in open { try await ledger.journal.settle(step.id, .abandoned(reason: "swept")) }
    }

    /// A request that was cut off may still be under way at the server.
    private func left(_ open: [StepRecord]) async throws -> [Found<Side>] {
        for pause in [0] + (open.isEmpty ? [] : [0.5, 1, 2]) {
            try await Task.sleep(for: .seconds(pause))
            let found = try await ledger.home.find(run: ledger.run.description).filter(\.isReader)
            if !found.isEmpty { return found }
        }
        return []
    }

    /// Removes readers that were ordered, never answered for, and came late.
    func sweepLate() async throws {
        if try await !ledger.openSteps("create-reader").isEmpty { try await sweep() }
    }

    /// How often a reader is ordered whose order was lost without a trace.
    private static var orders: Int { 3 }

    private func make(_ template: VerbatimJSON) async throws -> ServerID<AgentKind, Side> {
        for _ in 1..<Self.orders {
            do { return try await makeOne(template) } catch is Lost { continue }
        }
        do { return try await makeOne(template) } catch let lost as Lost { throw refused(lost.reason) }
    }

    /// No answer came, and no reader either.
    private struct Lost: Error {
        let reason: String
    }

    private func makeOne(_ template: VerbatimJSON) async throws -> ServerID<AgentKind, Side> {
        let attempt = try await ledger.journal.nextAttempt(ledger.run)
        let marker = Marker(run: ledger.run.description, attempt: attempt)
        do {
            return try await order(marker, template)
        } catch {
            // The order was on its way when the user stopped waiting for it,
            // or was carried out before something else went wrong.
            if Self.mayHaveMade(error) { try? await shielded { try await removeOrdered(marker) } }
            throw error
        }
    }

    private func order(
        _ marker: Marker, _ template: VerbatimJSON
    ) async throws -> ServerID<AgentKind, Side> {
        do {
            let outcome = try await ledger.perform(.createReader(marker, template: template), marker: marker)
            guard case .agents(let ids) = outcome, let id = ids.first else {
                throw refused("it named no agent")
            }
            return id
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            return try await adopt(marker, after: failure)
        } catch let failure as Failure
            where failure.code == .serverRefused || failure.code == .unauthorized
        {
            throw refused(failure.reason)
        }
    }

    /// A server that refused made nothing; of one that never answered,
    /// `adopt` has asked for long enough.
    private static func mayHaveMade(_ error: any Error) -> Bool {
        Task.isCancelled || !(error is Lost || (error as? Failure)?.code == .readerFailed)
    }

    private func removeOrdered(_ marker: Marker) async throws {
        for pause in [0, 0.2, 0.5, 1, 2] {
            try await Task.sleep(for: .seconds(pause))
            if let reader = try await find(marker) { return try await remove(reader) }
        }
    }

    private func find(_ marker: Marker) async throws -> ServerID<AgentKind, Side>? {
        let found = try await ledger.home.find(run: ledger.run.description)
        guard let one = found.first(where: { $0.marker == marker && $0.isReader }) else { return nil }
        let steps = try await ledger.openSteps("create-reader").filter { $0.intent.marker == marker }
        for step in steps { try await ledger.settleIfOpen(step.id, .done(details: nil)) }
        return ServerID(one.id)
    }

    /// The answer was lost: the reader may be there.
    private func adopt(_ marker: Marker, after failure: Failure) async throws -> ServerID<AgentKind, Side> {
        for pause in [0.2, 0.5, 1, 2] {
            if let reader = try await find(marker) { return reader }
            try await Task.sleep(for: .seconds(pause))
        }
        throw Lost(reason: failure.reason)
    }

    /// Tried three times: what is left behind is on somebody's server.
    private func remove(_ reader: ServerID<AgentKind, Side>) async throws {
        do {
            for pause in [0.2, 1] {
                if try await isRemoved(reader) { return }
                try await Task.sleep(for: .seconds(pause))
            }
            try await ledger.perform(.deleteAgent(reader))
        } catch let failure as Failure where failure.code == .agentUnknown {
            return
        } catch {
            throw Failure(
                .readerLeftBehind, subject: ledger.home.address.description,
                reason: "the temporary reader agent \(reader) could not be removed",
                remedy: "ferry resume \(ledger.run) removes it", underlying: "\(error)")
        }
    }

    private func isRemoved(_ reader: ServerID<AgentKind, Side>) async throws -> Bool {
        do {
            try await ledger.perform(.deleteAgent(reader))
            return true
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            return false
        }
    }

    private func refused(_ reason: String) -> Failure {
        Failure(
            .readerFailed, subject: ledger.home.address.description,
            reason: "no temporary reader agent could be made: \(reason)",
            remedy: "use --read-only, which reads the history from the listing alone")
    }
}
