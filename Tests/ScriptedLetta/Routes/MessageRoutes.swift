import LosslessJSON

extension RouteTable {
    static let messageRoutes: [Route] = [
        Route("GET", "/v1/agents/{agent_id}/messages", MessageRoutes.list),
        Route("GET", "/v1/messages/{message_id}", MessageRoutes.one),
    ]
}

enum MessageRoutes {
    static func list(_ world: inout World, _ call: Call) throws -> Answer {
        let id = try call.checkedID("agent")
        guard let agent = world.agents[id] else { throw Refused(404, "Agent not found") }
        let window = try ListingWindow(call, world: world, agent: agent)
        let places = window.places(in: agent.history)
        return try ListingAnswer(history: agent.history, places: places, style: ListingStyle(call, agent))
            .answer()
    }

    static func one(_ world: inout World, _ call: Call) throws -> Answer {
        let id = call.parameters[0]
        guard let (agent, place) = world.owner(of: id) else {
            throw Refused(404, "Message with id \(id) not found.")
        }
        // Shows text as a thought, whatever the agent is.
        let items = try agent.history[place].items(ListingStyle(isLegacy: true))
        return .json(.array(items))
    }
}

extension ListingStyle {
    init(_ call: Call, _ agent: ScriptedAgent) {
        usesAssistantMessage = call.query.isTrue("use_assistant_message", else: true)
        toolName = call.query["assistant_message_tool_name"] ?? "send_message"
        toolArgument = call.query["assistant_message_tool_kwarg"] ?? "message"
        isLegacy = agent.agentType.hasPrefix("memgpt")
    }
}

extension StoredRow {
    func items(_ style: ListingStyle) throws -> [JSONNode] {
        let words = UUIDText.words(id.dropFirst("message-".count)) ?? (0, 0)
        let body = self.body
        let created = body["created_at"]?.string.flatMap { Moment($0) } ?? Moment(microseconds: 0)
        return try ListedItems(
            id: id, date: created.cut, storedOTID: otid, senderID: senderID, body: body,
            itemOTID: { UUIDText.make(words.high, words.low & ~127 | UInt64($0)) }, style: style
        ).make()
    }
}

/// Which rows one request asks for. Pages are cut by sequence, never by time.
struct ListingWindow {
    private let limit: Int
    private let isAscending: Bool
    private let after: Int?
    private let before: Int?
    /// A fault: the page after the one that was asked for.
    private let skipsPage: Bool
    private let isInThread: (@Sendable (_ conversation: String?) -> Bool)?

    init(_ call: Call, world: World, agent: ScriptedAgent) throws {
        limit = try call.limit(call.profile.defaultMessageLimit)
        isAscending = call.profile.ordersListing && call.query["order"] == "asc"
        after = try Self.cursor(call.query["after"], world)
        before = try Self.cursor(call.query["before"], world)
        skipsPage = call.query[RequestChanges.skip] != nil
        isInThread = call.profile.hasConversations ? Self.thread(call.query["conversation_id"]) : nil
        guard call.query["order"].map({ ["asc", "desc"].contains($0) }) ?? true else {
            throw Refused(
                .json(
                    ["trace_id": "", "detail": "[{'type': 'literal_error', 'loc': ('query', 'order')}]"],
                    status: 422))
        }
    }

    /// An id of another agent is taken for what it is: a sequence.
    private static func cursor(_ id: String?, _ world: World) throws -> Int? {
        guard let id, !id.isEmpty else { return nil }
        guard let (agent, place) = world.owner(of: id) else {
            throw Refused(404, "No message found with id '\(id)'")
        }
        return agent.history.sequence(at: place)
    }

    private static func thread(_ id: String?) -> (@Sendable (String?) -> Bool)? {
        guard let id, !id.isEmpty else { return nil }
        return { id == "default" ? $0 == nil : $0 == id }
    }

    /// Oldest first within the page, whatever the order; the trap is which
    /// end of the window a page is cut from.
    func places(in history: History) -> [Int] {
        var first = after.map { history.firstPlace(after: $0) } ?? 0
        var end = before.map { history.firstPlace(after: $0 - 1) } ?? history.count
        if skipsPage, isAscending { first += limit }
        if skipsPage, !isAscending { end -= limit }
        guard first < end, limit > 0 else { return [] }
        guard let isInThread else {
            let count = min(limit, end - first)
            return Array(isAscending ? first..<first + count : end - count..<end)
        }
        let all = (first..<end).lazy.filter { isInThread(history.conversation(at: $0)) }
        return isAscending ? Array(all.prefix(limit)) : Array(all.reversed().prefix(limit).reversed())
    }
}

/// A page of a listing, written as it is sent.
struct ListingAnswer: Sendable {
    let history: History
    let places: [Int]
    let style: ListingStyle

    private static let chunk = 256 << 10
    /// Up to here the answer has a length; beyond it is made while it is sent.
    private static let most = 5000

    /// Rows that cannot be listed spoil the whole page.
    func answer() throws -> Answer {
        guard places.count > Self.most else {
            var writer = ItemWriter(history: history, style: style)
            for place in places { try writer.add(place) }
            return Answer(200, .bytes(writer.end()))
        }
        for place in places where history.isKept(place) { _ = try history[place].items(style) }
        return Answer(200, .stream { emit in stream(emit) })
    }

    private func stream(_ emit: ([UInt8]) -> Bool) {
        var writer = ItemWriter(history: history, style: style)
        for place in places {
            // Was looked at before the first byte was sent.
            try? writer.add(place)
            if writer.count >= Self.chunk, !emit(writer.take()) { return }
        }
        _ = emit(writer.end())
    }
}

private struct ItemWriter {
    let history: History
    let style: ListingStyle
    private var bytes: [UInt8] = [0x5B]
    private var isFirst = true

    init(history: History, style: ListingStyle) {
        self.history = history
        self.style = style
    }

    var count: Int { bytes.count }

    mutating func add(_ place: Int) throws {
        let start = bytes.count
        if !isFirst { bytes.append(0x2C) }
        let begin = bytes.count
        if !history.writeItems(at: place, style: style, into: &bytes) {
            for (number, item) in try history[place].items(style).enumerated() {
                if number > 0 { bytes.append(0x2C) }
                item.write(into: &bytes)
            }
        }
        // A row may show no item at all.
        if bytes.count == begin { bytes.removeLast(begin - start) } else { isFirst = false }
    }

    mutating func take() -> [UInt8] {
        defer { bytes.removeAll() }
        return bytes
    }

    mutating func end() -> [UInt8] {
        bytes.append(0x5D)
        return take()
    }
}
