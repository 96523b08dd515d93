import Home
import LettaModel
import Plan
import Report
import StillHome
import Verify

/// A move of a companion, told in every form.
enum SampleRun {
    static let cloud = ServerFacts(name: "cloud", url: "https://api.letta.com", version: "0.16.8")
    static let home = ServerFacts(name: "home", url: "https://home.example.org", version: "0.16.8")
    static let place = HomeAddress(name: "home", url: "https://home.example.org", project: nil)
    static let choices = Choices(acceptance: .ids(["conversation:conv-7"]))

    static let change = AnnouncedChange(
        item: "message 17", rule: "tool-status-failed", before: #"{"status":"error"}"#,
        after: #"{"status":"Failed"}"#)

    static var source: SourceInventory {
        SourceInventory(
            origin: .server(cloud),
            agent: AgentFacts(
                id: "agent-6f1c", name: "ada", type: "letta_v1_agent", model: "openai/gpt-4o-mini",
                embedding: "openai/text-embedding-3-small", contextWindow: 128_000, contextTokens: 9_000),
            rows: RowFacts(count: 312, isExact: true, inContext: 21, bytes: 204_800),
            blocks: [
                BlockFacts(label: "persona", size: 900, isReadOnly: true),
                BlockFacts(label: "human", size: 700),
                BlockFacts(label: "旅行の思い出", size: 1200),
            ],
            tools: [
                ToolFacts(name: "weather", type: "custom", source: "def weather(): pass"),
                ToolFacts(name: "moon_phase", type: "custom", source: "def moon_phase(): pass"),
                ToolFacts(name: "memory", type: "letta_core"),
                ToolFacts(name: "browser_search", type: "external_mcp"),
            ],
            passages: PassageFacts(count: 60, bytes: 9_000),
            secrets: [SecretFacts(name: "WEATHER_KEY", value: .hidden)], tags: ["companion", "long-lived"],
            toolRules: 2,
            surroundings: [
                Surrounding(
                    kind: .conversation, id: "conv-7", name: "Rome",
                    json: Array(#"{"message_count":41}"#.utf8)),
                Surrounding(kind: .identity, id: "identity-1", name: "Tom <tom@example.org>", json: []),
            ],
            changes: [
                ChangeTally(
                    rule: "tool-status-failed",
                    summary: "tool bodies with status error become Failed, which the listing can read",
                    count: 4,
                    example: change)
            ])
    }

    static var target: TargetFacts {
        TargetFacts(
            server: home, abilities: TargetAbilities(),
            models: [ModelHandle(handle: "openai/gpt-4o-mini", contextWindow: 128_000, dimensions: nil)],
            embeddings: [
                ModelHandle(handle: "openai/text-embedding-3-small", contextWindow: nil, dimensions: 1536)
            ])
    }

    static var plan: PlanResult { Planner.plan(source, target, choices) }

    static var refused: PlanResult {
        var there = target
        there.sameNamedTools = [ToolFacts(name: "weather", type: "custom", source: "other")]
        there.models = [ModelHandle(handle: "openai-proxy/gpt-4o-mini", contextWindow: nil, dimensions: nil)]
        return Planner.plan(source, there, choices)
    }

    // MARK: Verdicts

    static func digest(_ number: Int) -> ContentDigest {
        ContentDigest(bytes: (0..<32).map { UInt8(truncatingIfNeeded: number &* 31 &+ number >> 8 &+ $0) })
    }

    static func row(_ number: Int, spoilt: Bool = false) -> RowPrint {
        let role = number == 0 ? "system" : ["assistant", "user"][number % 2]
        // A little more in each month, from October 2024 on.
        let month = 9 + Int(Double(number).squareRoot())
        let digits = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        return RowPrint(
            digest: digest(spoilt ? number + 10_000 : number), role: role,
            createdAt:
                "\(2024 + month / 12)-\(digits(month % 12 + 1))-01T10:\(digits(number % 60)):00.0001+00:00")
    }

    static func passage(_ number: Int, tags: [String]) -> PassagePrint {
        PassagePrint(
            createdAt: "2026-04-\(number % 20 + 10)T08:00:0\(number / 20).5+00:00",
            text: digest(number + 500),
            tags: tags, metadata: .none)
    }

    /// - Parameter isSpoilt: with a changed message, a lost passage tag and a
    ///   changed block.
    static func verdict(isSpoilt: Bool = false) async throws -> Verdict {
        let persona = isSpoilt ? "I am Bob, a companion." : "I am Ada, a companion."
        let blocks = [("persona", persona), ("human", "Tom"), ("旅行の思い出", "ローマ")].map { label, value in
            (label: label, json: #"{"label":"\#(label)","value":"\#(value)"}"#)
        }
        let expected = [("persona", "I am Ada, a companion."), ("human", "Tom"), ("旅行の思い出", "ローマ")].map {
            KeyedItem(key: $0, json: Array(#"{"label":"\#($0)","value":"\#($1)"}"#.utf8))
        }
        let state = #"{"name":"ada","system":"You are Ada.","timezone":"Europe/Rome"}"#
        let home = StillHome(address: place, state: state, blocks: blocks)
        let agent = ServerID<AgentKind, TargetSide>("agent-1")
        let tools = try await home.observeTools(of: agent)
        let rows = try await self.rows(home, isSpoilt)
        let passages = try await self.passages(home, isSpoilt)
        let blockResult = KeyedComparison.blocks(expecting: expected).compare(
            try await home.observeBlocks(of: agent))
        var verification = Verification(of: "ada", at: place)
        let results = [
            rows, passages, blockResult,
            ContextComparison(expecting: Array(0..<21)).compare(
                try await home.observing((0..<21).map(Optional.some))),
            KeyedComparison.agent(expecting: Array(state.utf8)).compare(try await home.observeAgent(agent)),
            KeyedComparison.tools(expecting: []).compare(tools),
            ValueComparison.toolRules(expecting: Array("[]".utf8))
                .compare(toolRules: try await home.observing(Array("[]".utf8))),
            ValueComparison.tags(expecting: ["companion"]).compare(
                tags: try await home.observing(["companion"])),
            KeyedComparison.identities(expecting: []).compare(try await home.observeIdentities(of: agent)),
            ConversationComparison(expecting: []).compare(try await home.observing([])),
            ValueComparison.secrets(expecting: []).compare(names: try await home.observing([])),
        ]
        for result in results { verification.add(result) }
        verification.add(try await checklist(home, passages, blockResult))
        return verification.verdict()
    }

    private static func rows(_ home: StillHome, _ isSpoilt: Bool) async throws -> KindResult {
        var comparison = RowComparison()
        for number in 0..<312 { comparison.expect(row(number), announced: number == 16 ? [change] : []) }
        comparison.observe(try await home.observing((0..<312).map { row($0, spoilt: isSpoilt && $0 == 200) }))
        var outcome = comparison.finish()
        for pair in outcome.changed {
            outcome.explain(
                pair,
                expected: Array(#"{"content":[{"type":"text","text":"See you <b>tomorrow</b>."}]}"#.utf8),
                found: Array(#"{"content":[{"type":"text","text":"See you <b>never</b>."}]}"#.utf8))
        }
        return outcome.result()
    }

    private static func passages(_ home: StillHome, _ isSpoilt: Bool) async throws -> KindResult {
        var comparison = PassageComparison()
        for number in 0..<60 { comparison.expect(passage(number, tags: ["fact", "rome"])) }
        comparison.observe(
            try await home.observing(
                (0..<60).map { passage($0, tags: isSpoilt && $0 == 7 ? ["fact"] : ["fact", "rome"]) }))
        return comparison.finish()
    }

    private static func checklist(
        _ home: StillHome, _ passages: KindResult, _ blocks: KindResult
    ) async throws -> [CheckLine] {
        let items = #"[{"message_type":"assistant_message","content":"Good night."}]"#
        let listed = ListedRow<TargetSide>(
            id: ServerID("message-1"), date: "", messageTypes: ["assistant_message"], items: Array(items.utf8)
        )
        let native = #"{"role":"assistant","content":[{"type":"reasoning"},{"type":"text","text":"t"}]}"#
        return ChecklistEvidence(
            expectedType: "letta_v1_agent", agentType: try await home.observing("letta_v1_agent"),
            reply: ChecklistEvidence.Reply(
                item: "message 311 of 312", text: "Good night.", row: try await home.observing(listed)),
            listing: try await home.observing(ChecklistEvidence.ListingCount(rows: 312, pages: 1)), rows: 312,
            passages: passages, blocks: blocks, live: .notRun("ferry verify k3f9 --live"),
            export: try await home.observing(ExportShape(Array(repeating: Array(native.utf8), count: 9)))
        ).lines
    }

    // MARK: Runs

    static func run(isSpoilt: Bool = false) async throws -> RunSummary {
        RunSummary(
            run: "k3f9", command: "ferry move ada --from cloud --to home",
            state: isSpoilt ? .different : .losses,
            exitCode: isSpoilt ? 1 : 3, startedAt: Instant(microseconds: 1_777_716_672_000_000),
            finishedAt: Instant(microseconds: 1_777_716_680_400_000), agentName: "ada", agentID: "agent-91d0",
            from: cloud.sentence, to: home.sentence, choices: choices, plan: plan,
            verdict: try await verdict(isSpoilt: isSpoilt),
            stages: [
                RunSummary.StageTiming(
                    name: "capture", work: "312 messages, 60 passages", requests: 23, bytes: 2_890_000,
                    seconds: 2.61),
                RunSummary.StageTiming(
                    name: "import", work: "312 messages, 3 blocks", requests: 5, bytes: 231_000, seconds: 0.84
                ),
                RunSummary.StageTiming(
                    name: "passages", work: "60 passages", requests: 3, bytes: 2_350_000, seconds: 0.41),
                RunSummary.StageTiming(
                    name: "verify", work: "312 messages, 60 passages, 3 blocks", requests: 19, bytes: 466_000,
                    seconds: 1.72),
            ],
            files: [
                RunSummary.FileNote(what: "snapshot", path: "/home/tom/.local/share/ferry/ada.ferry"),
                RunSummary.FileNote(what: "journal", path: "/home/tom/.local/state/ferry/runs/k3f9"),
            ],
            next: ["ferry verify k3f9 --live", "ferry show k3f9"])
    }

    static var failed: RunSummary {
        RunSummary(
            run: "k3f9", command: "ferry move ada --from cloud --to home", state: .incomplete, exitCode: 8,
            startedAt: Instant(microseconds: 1_777_716_672_000_000),
            finishedAt: Instant(microseconds: 1_777_716_673_000_000), agentName: "ada", from: cloud.sentence,
            to: home.sentence, warnings: ["agent ferry-k3f9-1 exists on home and is not complete"],
            failure: Failure(
                .connectionLost, subject: "home", reason: "the connection was lost during the import",
                remedy: "`ferry resume k3f9`", end: .target), next: ["ferry resume k3f9"])
    }
}
