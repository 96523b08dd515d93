import HTTP
public import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    public func listing(
        of agent: ServerID<AgentKind, Side>, thread: Thread, from start: ListingStart<Side>
    ) -> Batches<ListedPage<Side>> {
        switch thread {
        case .conversation(let id):
            let walk = ListingWalk(server: self, agent: agent, flow: .bornIn(id), start: start)
            return Batches { try await walk.next() }
        case .main:
            let thread = MainThread(server: self, agent: agent, start: start)
            return Batches { try await thread.next() }
        }
    }
}

/// Which listing is walked.
enum Flow: Sendable, Equatable {
    /// All rows of the agent, whatever thread they are in.
    case whole
    /// Rows that were written in this conversation, and not those that were
    /// forked into it.
    case bornIn(String)
}

/// Does what a paging machine asks for, and keeps the rows of one page.
actor ListingWalk<Side: HomeSide> {
    private let server: LettaServer<Side>
    private let agent: ServerID<AgentKind, Side>
    private let flow: Flow
    private let start: String?
    private var machine: (any PagingMachine)?
    private var kept = ListedPage<Side>(rows: [], bytes: 0)
    private var refusal: Refusal?
    private var isOver = false

    init(
        server: LettaServer<Side>, agent: ServerID<AgentKind, Side>, flow: Flow, start: ListingStart<Side>
    ) {
        self.server = server
        self.agent = agent
        self.flow = flow
        self.start =
            switch start {
            case .oldest: nil
            case .after(let row): row.raw
            }
    }

    func next() async throws -> ListedPage<Side>? {
        if isOver { return nil }
        let abilities = try await server.abilities()
        var action = step(machine == nil ? .start : .taken, abilities)
        while true {
            switch action {
            case .fetch(let request): action = step(try await fetch(request, abilities), abilities)
            case .turnBack:
                machine = BackwardPaging(after: start)
                action = step(.start, abilities)
            case .emit(let range, let gap):
                return ListedPage(
                    rows: Array(kept.rows[range]), bytes: kept.bytes, unreachable: gap.map { stretch($0) })
            case .finish(let gap):
                isOver = true
                return gap.map { ListedPage(rows: [], bytes: 0, unreachable: stretch($0)) }
            case .fail(let fault):
                isOver = true
                throw failure(fault)
            }
        }
    }

    private func step(_ event: PagingEvent, _ abilities: Abilities) -> PagingAction {
        var machine = self.machine ?? firstMachine(abilities)
        let action = machine.on(event)
        self.machine = machine
        return action
    }

    private func firstMachine(_ abilities: Abilities) -> any PagingMachine {
        abilities.ordersListing ? ForwardPaging(after: start) : BackwardPaging(after: start)
    }

    // MARK: one page

    private func fetch(_ request: PageRequest, _ abilities: Abilities) async throws -> PagingEvent {
        let call = call(request, abilities)
        return try await server.wire.replayed(call) { response in
            guard (200..<300).contains(response.status) else {
                return try event(await Refusal(response), of: call)
            }
            return try await page(response, of: request, call)
        }
    }

    private func page(_ response: Response, of request: PageRequest, _ call: Call) async throws -> PagingEvent
    {
        var grouping = RowGrouping<Side>()
        let (rest, size) = try await Wire.split(response.body, paths: ["$[*]"], dropping: []) {
            try grouping.add($0.bytes)
        }
        guard rest.first == UInt8(ascii: "[") else {
            throw server.wire.errors.notUnderstood(call, "its answer is no list of messages")
        }
        let rows = grouping.finished()
        if request.isKept, !rows.isEmpty { kept = ListedPage(rows: rows, bytes: size) }
        return .page(rows.map { RowMark($0) }, bytes: size)
    }

    private func call(_ request: PageRequest, _ abilities: Abilities) -> Call {
        var query = [QueryItem("limit", "\(request.limit)")]
        if request.order != .unnamed { query.append(QueryItem("order", request.order.rawValue)) }
        switch request.cursor {
        case .none: break
        case .after(let row): query.append(QueryItem("after", row))
        case .before(let row): query.append(QueryItem("before", row))
        }
        if case .bornIn(let id) = flow { query.append(QueryItem("conversation_id", id)) }
        query.append(QueryItem("use_assistant_message", "false"))
        return .get("/v1/agents/\(agent)/messages", query)
    }

    private func event(_ refusal: Refusal, of call: Call) throws -> PagingEvent {
        let words = refusal.detail.lowercased()
        if refusal.status == 404, words.contains("message"), words.contains("no message found") {
            return .cursorVanished
        }
        guard refusal.status == 400 || refusal.status == 500 else {
            throw server.wire.errors.failure(call, refusal)
        }
        self.refusal = refusal
        return .unreadable
    }

    // MARK: what it says

    private func stretch(_ gap: Gap) -> UnreachableStretch<Side> {
        UnreachableStretch(
            after: gap.after.map { ServerID($0) }, before: gap.before.map { ServerID($0) },
            reason: saidByServer)
    }

    private var saidByServer: String {
        guard let refusal else { return "the server did not say why" }
        let words = Wording.clean(refusal.detail, hiding: server.wire.token.map { [$0] } ?? [])
        return "the server answered \(refusal.status)" + (words.isEmpty ? "" : ": \(words)")
    }

    private func failure(_ fault: PagingFault) -> Failure {
        let again = "run the command again; report it with the server's version if it stays"
        switch fault {
        case .repeated:
            return make(.pageRepeated, "the server sent messages again that it had sent before", again)
        case .orderIgnored:
            return make(.pageOrderIgnored, "the server does not keep to the order that was asked for", again)
        case .cursorVanished:
            return make(.cursorVanished, "the message to read on from is not there any more", again)
        case .incomplete(let reason):
            let said = refusal == nil ? "" : " (\(saidByServer))"
            return make(.historyIncomplete, reason + said, "read the server's log, then " + again)
        }
    }

    private func make(_ code: ErrorCode, _ reason: String, _ remedy: String) -> Failure {
        let title =
            switch flow {
            case .whole: "history"
            case .bornIn(let id): "conversation \(id)"
            }
        return server.wire.errors.make(
            code, subject: "\(title) of \(agent) at \(server.address.name)", reason, remedy)
    }
}
