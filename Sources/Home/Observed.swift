public import LettaModel

/// A value that a place returned to a read.
///
/// Only this module can make one, and only from the reads of a `Home`, so
/// code that asks for an `Observed` cannot be given what was merely sent.
public struct Observed<Value: Sendable>: Sendable {
    public let value: Value
    public let address: HomeAddress

    init(_ value: Value, at address: HomeAddress) {
        self.value = value
        self.address = address
    }

    /// Another view of the same observation: digests, a selection.
    public func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows -> Observed<Other> {
        Observed<Other>(try transform(value), at: address)
    }
}

extension Home {
    public func observeAgent(_ id: ServerID<AgentKind, Side>) async throws -> Observed<AgentState<Side>> {
        Observed(try await agent(id), at: address)
    }

    public func observeBlocks(of id: ServerID<AgentKind, Side>) async throws -> Observed<[Block<Side>]> {
        Observed(try await blocks(of: id), at: address)
    }

    public func observeBlock(_ id: ServerID<BlockKind, Side>) async throws -> Observed<Block<Side>>? {
        try await block(id).map { Observed($0, at: address) }
    }

    public func observeTools(of id: ServerID<AgentKind, Side>) async throws -> Observed<[Tool<Side>]> {
        Observed(try await tools(of: id), at: address)
    }

    public func observeTools(named names: [String]) async throws -> Observed<[Tool<Side>]> {
        Observed(try await tools(named: names), at: address)
    }

    /// The identities of the agent, in its own order; one that the place
    /// does not know any more is left out.
    public func observeIdentities(
        of id: ServerID<AgentKind, Side>
    ) async throws -> Observed<[Identity<Side>]> {
        var found: [Identity<Side>] = []
        for one in try await agent(id).identityIDs {
            if let identity = try await identity(one) { found.append(identity) }
        }
        return Observed(found, at: address)
    }

    public func observeConversations(
        of id: ServerID<AgentKind, Side>
    ) async throws -> Observed<[Conversation<Side>]> {
        Observed(try await conversations(of: id), at: address)
    }

    public func observeArchives(
        of id: ServerID<AgentKind, Side>
    ) async throws -> Observed<[ServerID<ArchiveKind, Side>]> {
        Observed(try await archives(of: id), at: address)
    }

    public func observeExport(of id: ServerID<AgentKind, Side>) async throws -> Observed<ExportedAgent> {
        Observed(try await export(of: id), at: address)
    }

    public func observeNativeRows(
        _ rows: [ServerID<RowKind, Side>], through reader: ServerID<AgentKind, Side>
    ) async throws -> Observed<[NativeRow<Side>]> {
        Observed(try await nativeRows(rows, through: reader), at: address)
    }

    public func observeListing(
        of id: ServerID<AgentKind, Side>, thread: Thread
    ) -> Batches<Observed<ListedPage<Side>>> {
        observed(listing(of: id, thread: thread, from: .oldest))
    }

    public func observePassages(
        of id: ServerID<AgentKind, Side>, route: PassageRoute
    ) -> Batches<Observed<[Passage<Side>]>> {
        observed(passages(of: id, route: route))
    }

    private func observed<Value: Sendable>(_ batches: Batches<Value>) -> Batches<Observed<Value>> {
        let address = address
        return Batches {
            var iterator = batches.makeAsyncIterator()
            return try await iterator.next().map { Observed($0, at: address) }
        }
    }
}
