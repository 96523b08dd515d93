import HTTP
import LettaModel
import LosslessJSON

/// What `--live` asks for: a reply that is streamed by a throwaway agent.
public struct LiveWish: Sendable {
    /// The throwaway agent's name; nobody else may have it.
    public var name: String
    /// By which it is found again.
    public var tags: [String]
    /// A handle; nil for the first model that the server offers.
    public var model: String?
    public var diary: (any LiveDiary)?

    public init(
        name: String, tags: [String] = [], model: String? = nil, diary: (any LiveDiary)? = nil
    ) {
        self.name = name
        self.tags = [name] + tags
        self.model = model
        self.diary = diary
    }
}

/// How a reply came through the edge.
public struct LiveSight: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        case notTried(String)
        case failed(String)
        /// Seconds until the first and the last byte; how many events.
        case streamed(first: Double, last: Double, events: Int, isFinished: Bool)
    }

    public var subject: String
    public var outcome: Outcome
    /// The throwaway agent, where it could not be deleted.
    public var leftover: String?
    /// The run by which it can be taken back.
    public var run: String?

    public init(_ subject: String, _ outcome: Outcome, leftover: String? = nil) {
        self.subject = subject
        self.outcome = outcome
        self.leftover = leftover
    }
}

/// Makes a hidden agent, has it reply, and deletes it again on every way out
/// that leaves this process alive; for the others there is the diary.
///
/// **Effects**: one agent for the time of a reply; costs the model's tokens.
struct LiveStream {
    let asker: Asker
    let wish: LiveWish
    let subject: String

    func sight() async -> LiveSight {
        if asker.errand.token != nil, let reason = asker.withholds {
            return LiveSight(subject, .notTried(reason))
        }
        guard let model = await handle(at: "/v1/models/", wanted: wish.model) else {
            return LiveSight(subject, .notTried("the server offers no model"))
        }
        do { try await wish.diary?.note(.willMake) } catch {
            return LiveSight(subject, .notTried("the journal cannot be written: \(error)"))
        }
        let made = await asker.ask(
            question("POST", "/v1/agents/", await agent(model)), patience: .seconds(30))
        guard let id = await id(of: made) else {
            let words = APIJudges.words(made)
            // A good answer that names no agent has made one all the same.
            let isRefusal = made.status.map { (400..<500).contains($0) } ?? false
            try? await wish.diary?.note(isRefusal ? .refused(words) : .unknown(words))
            return LiveSight(subject, .failed("the agent could not be made: \(words)"))
        }
        try? await wish.diary?.note(.made(id))
        let outcome = await reply(of: id)
        return LiveSight(subject, outcome, leftover: await remove(id) ? nil : id)
    }

    private func remove(_ id: String) async -> Bool {
        let isGone = try? await shielded {
            try? await wish.diary?.note(.willRemove(id))
            let deleted = await asker.ask(question("DELETE", "/v1/agents/\(id)"), patience: .seconds(30))
            let isGone = deleted.status.map { (200..<300).contains($0) || $0 == 404 } ?? false
            try? await wish.diary?.note(isGone ? .removed(id) : .left(id))
            return isGone
        }
        return isGone ?? false
    }

    private func question(_ method: String, _ path: String, _ body: JSONNode? = nil) -> Question {
        Question(method: method, path: path, bearer: asker.errand.token, body: body?.bytes() ?? [])
    }

    private func handle(at path: String, wanted: String?) async -> String? {
        if let wanted { return wanted }
        guard let answer = await asker.ask(question("GET", path)).answer, answer.status == 200 else {
            return nil
        }
        return (try? JSONDocument(answer.body))?.root.elements.lazy.compactMap { $0["handle"]?.string }.first
    }

    private func agent(_ model: String) async -> JSONNode {
        var body: JSONNode = [
            "name": .string(wish.name), "hidden": true, "tags": .array(wish.tags.map { .string($0) }),
            "model": .string(model),
            "memory_blocks": [], "include_base_tools": false,
            "description": "Made by ferry host doctor to hear one reply; safe to delete",
        ]
        if let embedder = await handle(at: "/v1/models/embedding", wanted: nil) {
            body["embedding"] = .string(embedder)
        }
        return body
    }

    /// An answer that got lost leaves open whether it was made: then it is
    /// looked for by its name.
    private func id(of made: Heard) async -> String? {
        if let answer = made.answer, answer.status < 500 {
            return (try? JSONDocument(answer.body))?.root["id"]?.string
        }
        let path = "/v1/agents/?limit=1&show_hidden_agents=true&name=\(wish.name)"
        guard let answer = await asker.ask(question("GET", path)).answer else { return nil }
        let found = (try? JSONDocument(answer.body))?.root.elements.first
        return found?["name"]?.string == wish.name ? found?["id"]?.string : nil
    }

    private func reply(of id: String) async -> LiveSight.Outcome {
        let body: JSONNode = [
            "messages": [["role": "user", "content": "Count from one to forty in words, one word a line."]],
            "stream_tokens": true, "include_pings": true,
        ]
        let (heard, pieces) = await asker.listen(
            question("POST", "/v1/agents/\(id)/messages/stream", body), patience: .seconds(90))
        guard let answer = heard.answer, answer.status == 200, let first = pieces.first,
            let last = pieces.last
        else { return .failed("POST …/messages/stream: \(APIJudges.words(heard))") }
        let text = String(decoding: answer.body, as: UTF8.self)
        return .streamed(
            first: first.after, last: last.after, events: text.split(separator: "data:").count - 1,
            isFinished: text.contains("data: [DONE]"))
    }
}
