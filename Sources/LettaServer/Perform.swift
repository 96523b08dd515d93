import HTTP
public import Home
import LettaModel
import LosslessJSON

extension LettaServer {
    public func perform(_ step: Step<Side>) async throws -> Outcome<Side> {
        switch step {
        case .createReader(let marker, let template): return try await createReader(marker, template)
        case .importFile(let upload): return try await importFile(upload)
        case .createArchive(let marker, let description, let embedding):
            return try await createArchive(marker, description, embedding)
        case .createBlock(let json):
            return .block(ServerID(try await create(.post("/v1/blocks/", json, marker: "block"))))
        case .createIdentity(let json):
            return .identity(ServerID(try await create(.post("/v1/identities/", json, marker: "identity"))))
        case .forkConversation(let agent): return try await fork(agent)
        case .chat(let agent, let text): return try await chat(agent, text)
        case .denyApproval(let agent, let calls, let reason): return try await deny(agent, calls, reason)
        case .insertPassages(let drafts, let archive): return try await insert(drafts, into: archive)
        case .insertPassage(let draft, let agent): return try await insert(draft, to: agent)
        default: return try await change(step)
        }
    }

    /// Steps whose answer is not needed: twice is the same as once.
    private func change(_ step: Step<Side>) async throws -> Outcome<Side> {
        guard let call = Call.change(step) else { return .done }
        let response = try await wire.exchange(call)
        if response.status == 404, Self.isRemoval(step) {
            let refusal = await Refusal(response)
            if !refusal.isHTML { return .done }
            throw wire.errors.failure(call, refusal)
        }
        guard (200..<300).contains(response.status) else { throw await wire.refusal(response, to: call) }
        try await wire.drain(response, of: call)
        return .done
    }

    /// What is gone already need not be removed. 0.16.8 answers 404 to a
    /// detach of what is not attached, as to a DELETE.
    private static func isRemoval(_ step: Step<Side>) -> Bool {
        switch step {
        case .detachBlock, .detachTool, .deleteAgent, .deleteBlock, .deleteArchive, .deleteTool,
            .deleteIdentity, .deleteConversation, .deletePassage:
            true
        default: false
        }
    }

    /// The id that the answer names; an answer without one leaves the
    /// outcome unknown.
    private func create(_ call: Call) async throws -> String {
        let json = try await wire.json(call)
        guard let id = json["id"]?.string else {
            throw wire.errors.notUnderstood(call, "its answer names no id")
        }
        return id
    }

    // MARK: readers and archives

    private func createReader(_ marker: Marker, _ template: VerbatimJSON) async throws -> Outcome<Side> {
        let version = Version(try await abilities().version)
        let body = ReaderBody.json(marker, template: (try? JSONDocument(template))?.root, version: version)
        return .agents([ServerID(try await create(.post("/v1/agents/", body, marker: marker.description)))])
    }

    private func createArchive(
        _ marker: Marker, _ description: String, _ embedding: String?
    ) async throws -> Outcome<Side> {
        var body = JSONNode.object([
            JSONMember(key: "name", value: .string(marker.description)),
            JSONMember(key: "description", value: .string(description)),
        ])
        if let embedding { body["embedding"] = .string(embedding) }
        return .archive(
            ServerID(try await create(.post("/v1/archives/", body.bytes(), marker: marker.description))))
    }

    // MARK: passages

    private func insert(
        _ drafts: [PassageDraft], into archive: ServerID<ArchiveKind, Side>
    ) async throws -> Outcome<Side> {
        let body = JSONNode.object([
            JSONMember(key: "passages", value: .array(drafts.map { .verbatim($0.json) }))
        ])
        var call = Call.post("/v1/archives/\(archive)/passages/batch", body.bytes(), marker: archive.raw)
        call.stall = .seconds(600)
        return try await finish(call)
    }

    /// The agent's own route takes no metadata.
    private func insert(_ draft: PassageDraft, to agent: ServerID<AgentKind, Side>) async throws -> Outcome<
        Side
    > {
        var body = JSONNode.verbatim(draft.json)
        body["metadata"] = nil
        return try await finish(.post("/v1/agents/\(agent)/archival-memory", body.bytes(), marker: agent.raw))
    }

    /// The answer to a batch repeats every passage with 40 kB of embedding:
    /// read to its end, so that the connection lives; only ids are kept. A
    /// list that breaks off is an answer all the same; anything else is none.
    private func finish(_ call: Call) async throws -> Outcome<Side> {
        let response = try await wire.send(call)
        return try await wire.reading(call) {
            var splitter = JSONSplitter(streaming: ["$[*]"], dropping: ["$[*].embedding"])
            var ids: [ServerID<PassageKind, Side>] = []
            var first: UInt8?
            var isWhole = true
            for try await chunk in response.body {
                first = first ?? chunk.first { $0 > 0x20 }
                guard isWhole else { continue }
                do {
                    try splitter.feed(chunk) {
                        if let id = try JSONDocument($0.bytes).root["id"]?.string { ids.append(ServerID(id)) }
                    }
                } catch is JSONError {
                    isWhole = false
                }
            }
            guard first == UInt8(ascii: "[") else {
                throw wire.errors.outcomeUnknown(call, "its answer is no list of passages")
            }
            return isWhole && (try? splitter.finish()) != nil ? .passages(ids) : .done
        }
    }

    // MARK: conversations

    /// The default thread's context becomes a conversation, but for its first
    /// row: the server puts a system row of its own there.
    private func fork(_ agent: ServerID<AgentKind, Side>) async throws -> Outcome<Side> {
        let call = Call(
            .post, "/v1/conversations/default/fork", query: [QueryItem("agent_id", agent.raw)],
            effect: .create(marker: agent.raw), stall: .seconds(300), usesFreshConnection: true)
        return .conversation(ServerID(try await create(call)))
    }

    // MARK: chat

    private func chat(_ agent: ServerID<AgentKind, Side>, _ text: String) async throws -> Outcome<Side> {
        let message = JSONNode.object([
            JSONMember(key: "role", value: "user"), JSONMember(key: "content", value: .string(text)),
        ])
        let body = JSONNode.object([JSONMember(key: "messages", value: .array([message]))])
        var call = Call.post("/v1/agents/\(agent)/messages", body.bytes(), marker: agent.raw)
        call.stall = .seconds(900)
        return .answer(json: minified(try await wire.json(call)))
    }

    /// Source: 0.16.8 refuses an answer that does not name every call of the
    /// request.
    private func deny(
        _ agent: ServerID<AgentKind, Side>, _ calls: [String], _ reason: String
    ) async throws -> Outcome<Side> {
        let answers = calls.map { call -> JSONNode in
            [
                "type": "approval", "tool_call_id": .string(call), "approve": false,
                "reason": .string(reason),
            ]
        }
        let body: JSONNode = ["messages": [["type": "approval", "approvals": .array(answers)]]]
        var call = Call.post("/v1/agents/\(agent)/messages", body.bytes(), marker: agent.raw)
        call.stall = .seconds(900)
        return .answer(json: minified(try await wire.json(call)))
    }

    // MARK: import

    private func importFile(_ upload: ImportUpload) async throws -> Outcome<Side> {
        let form = ImportForm(upload, fields: try await abilities().importFields, project: address.project)
        let call = Call(
            .post, "/v1/agents/import", body: .form(try form.parts(or: wire.errors)),
            effect: .create(marker: upload.marker.description), stall: .seconds(3600),
            usesFreshConnection: true,
            secrets: Array(upload.secrets.values))
        let json = try await wire.json(call)
        guard let ids = json["agent_ids"]?.elements.compactMap(\.string) else {
            throw wire.errors.notUnderstood(call, "its answer names no agents")
        }
        return .agents(ids.map { ServerID($0) })
    }
}

extension Call {
    static func post(_ route: Route, _ body: VerbatimJSON, marker: String) -> Call {
        Call(
            .post, route, body: .json(body), effect: .create(marker: marker), stall: .seconds(300),
            usesFreshConnection: true)
    }

    fileprivate static func patch(_ route: Route, _ body: VerbatimJSON? = nil) -> Call {
        Call(.patch, route, body: body.map { .json($0) } ?? .none, effect: .idempotent, stall: .seconds(300))
    }

    fileprivate static func delete(_ route: Route) -> Call {
        Call(.delete, route, effect: .idempotent, stall: .seconds(300))
    }

    /// nil for the steps that make something.
    static func change<Side: HomeSide>(_ step: Step<Side>) -> Call? {
        switch step {
        case .attachArchive(let archive, let agent): .patch("/v1/agents/\(agent)/archives/attach/\(archive)")
        case .detachArchive(let archive, let agent): .patch("/v1/agents/\(agent)/archives/detach/\(archive)")
        case .attachBlock(let block, let agent):
            .patch("/v1/agents/\(agent)/core-memory/blocks/attach/\(block)")
        case .detachBlock(let block, let agent):
            .patch("/v1/agents/\(agent)/core-memory/blocks/detach/\(block)")
        case .attachTool(let tool, let agent): .patch("/v1/agents/\(agent)/tools/attach/\(tool)")
        case .detachTool(let tool, let agent): .patch("/v1/agents/\(agent)/tools/detach/\(tool)")
        case .patchAgent(let agent, let json): .patch("/v1/agents/\(agent)", json)
        case .patchBlock(let block, let json): .patch("/v1/blocks/\(block)", json)
        case .patchArchive(let archive, let json): .patch("/v1/archives/\(archive)", json)
        case .patchTool(let tool, let json): .patch("/v1/tools/\(tool)", json)
        case .patchConversation(let conversation, let json): .patch("/v1/conversations/\(conversation)", json)
        case .deleteAgent(let agent): .delete("/v1/agents/\(agent)")
        case .deleteBlock(let block): .delete("/v1/blocks/\(block)")
        case .deleteArchive(let archive): .delete("/v1/archives/\(archive)")
        case .deleteTool(let tool): .delete("/v1/tools/\(tool)")
        case .deleteIdentity(let identity): .delete("/v1/identities/\(identity)")
        case .deleteConversation(let conversation): .delete("/v1/conversations/\(conversation)")
        case .deletePassage(let passage, let agent): .delete("/v1/agents/\(agent)/archival-memory/\(passage)")
        case .createReader, .importFile, .createArchive, .insertPassages, .insertPassage, .createBlock,
            .createIdentity, .forkConversation, .chat, .denyApproval:
            nil
        }
    }
}
