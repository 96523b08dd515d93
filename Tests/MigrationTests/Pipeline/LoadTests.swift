import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import Plan
import Synchronization
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// One kind of write, and one way in which it goes wrong.
struct LostWrite: Sendable, CustomStringConvertible {
    let route: String
    let number: Int
    let behaviour: ScriptedLetta.Fault.Behaviour

    var description: String { "\(route) (\(number)): \(behaviour)" }

    static let creates: [(String, Int)] = [
        ("POST /v1/agents/import", 1), ("POST /v1/agents/import", 2), ("POST /v1/archives/", 1),
        ("POST /v1/archives/{}/passages/batch", 2), ("POST /v1/agents/", 1),
        ("POST /v1/identities/", 1),
    ]
    static let changes: [(String, Int)] = [
        ("PATCH /v1/agents/{}/archives/attach/{}", 1), ("PATCH /v1/blocks/{}", 2), ("PATCH /v1/tools/{}", 1),
        ("PATCH /v1/archives/{}", 1), ("PATCH /v1/agents/{}", 1), ("PATCH /v1/agents/{}", 2),
        ("DELETE /v1/agents/{}", 1),
    ]
    /// Done and not said, done late, not done and not said.
    static let all: [LostWrite] =
        creates.flatMap { route, number in
            [
                .workThenRefuse(status: 500), .workThenHang, .workThenClose, .workLate(milliseconds: 300),
                .closeBeforeReading, .refuse(status: 500),
            ].map { LostWrite(route: route, number: number, behaviour: $0) }
        }
        + changes.flatMap { route, number in
            [.workThenRefuse(status: 500), .workThenClose, .refuse(status: 503)].map {
                LostWrite(route: route, number: number, behaviour: $0)
            }
        }
}

@Suite struct LoadTests {
    private static let upload = "POST /v1/agents/import"
    private static let batch = "POST /v1/archives/{}/passages/batch"

    private func setting(_ faults: [ScriptedLetta.Fault] = []) -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 14, passages: 6, tools: 2)
        setting.targetFaults = faults
        return setting
    }

    // MARK: lost answers

    @Test(arguments: LostWrite.all)
    func `a write whose answer is lost is done once in the end, whatever the server made of it`(
        write: LostWrite
    ) async throws {
        var setting = setting([.init(write.route, .nth(write.number), write.behaviour)])
        if write.behaviour == .workThenHang {
            setting.impatience = [
                (write.route.replacing("{}", with: "").replacing("//", with: "/"), .seconds(1))
            ]
            if write.route.contains("batch") { setting.impatience = [("POST /passages/batch", .seconds(1))] }
        }
        try await withCrossing(setting) { crossing in
            var ending = await crossing.ending { try await crossing.move() }
            for _ in 0..<2 where !ending.isVerified {
                #expect(ending.error is Failure, "\(ending)")
                ending = await crossing.ending { try await crossing.resume() }
            }
            #expect(ending.isVerified, "\(ending)")
            #expect(crossing.problems() == [])
            let run = try #require(try await crossing.newestRun)
            #expect(try await crossing.journal.openSteps(run.id).isEmpty)
        }
    }

    @Test func `an upload that arrives twice leaves one agent`() async throws {
        var setting = setting()
        setting.duplicated = "POST /v1/agents/import"
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            // Every upload arrives twice: this ends in words, not in two agents.
            #expect(ending.code == "load-incomplete")
            #expect(crossing.target.world.agents(named: "Ada").isEmpty)
            #expect(crossing.target.world.agents.count == 0)
        }
    }

    // MARK: refusals

    @Test func `a refused import says what the server said, leaves nothing, and can be resumed`() async throws
    {
        // Everything was made before the server thought better of it.
        let late = ScriptedLetta.Fault(Self.upload, .nth(2), .workThenRefuse(status: 400))
        try await withCrossing(setting([late])) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect(ending.code == "import-refused")
            #expect((ending.error as? Failure)?.reason.contains("scripted 400") == true)
            #expect(crossing.target.world.agents.count == 0)
            #expect(crossing.target.world.blocks.count == 0)
            #expect(try await crossing.newestRun?.status == .incomplete)
            let result = try await crossing.resume()
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.problems() == [])
        }
    }

    @Test func `a target of the agent's name is refused before anything is written`() async throws {
        var setting = setting()
        setting.target.addAgent(name: "Ada")
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect(ending.refusals == ["agent-name-taken"])
            #expect(crossing.target.writes == 0 && crossing.source.writes == 0)
            var choices = Crossing.acceptsAll
            choices.name = "Ada II"
            let result = try await crossing.move(choices)
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.problems(name: "Ada II") == [])
        }
    }

    @Test func `an agent of the same name that appears before the commit stops it, and resume goes on`()
        async throws
    {
        var setting = setting()
        let once = Once()
        setting.before = { name, ends in
            guard name.hasPrefix("DELETE \(ends.target.url)/v1/agents/"), once.isFirst else { return }
            _ = ends.target.change { $0.addAgent(name: "Ada") }
        }
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect(ending.code == "agent-name-taken")
            #expect(try await crossing.newestRun?.status == .incomplete)
            let other = try #require(crossing.target.world.agents(named: "Ada").first?.id)
            crossing.target.change { $0.agents[other] = nil }
            let result = try await crossing.resume()
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.problems() == [])
        }
    }

    // MARK: handles

    @Test func `a map says which handles of the target stand for the source's, also to a resumed run`()
        async throws
    {
        var setting = setting([.init("POST /v1/archives/", .nth(1), .refuse(status: 500))])
        for place in setting.target.models.indices {
            setting.target.models[place]["handle"] = .string("other/model-\(place)")
        }
        try await withCrossing(setting) { crossing in
            var choices = Crossing.acceptsAll
            let refused = await crossing.ending { try await crossing.move(choices) }
            #expect(refused.refusals == ["model-unknown"])
            choices.handles.models = ["openai-proxy/gpt-4o-mini": "other/model-0", "not/this": "not/that"]
            var ending = await crossing.ending { try await crossing.move(choices) }
            if !ending.isVerified { ending = await crossing.ending { try await crossing.resume() } }
            #expect(ending.isVerified, "\(ending)")
            let ada = try #require(crossing.target.world.agents(named: "Ada").first)
            #expect(ada.fields["llm_config"]?["handle"] == "other/model-0")
            #expect(ending.result?.verdict?.announced.contains { $0.rule == "model" } == true)
        }
    }

    // MARK: tools

    private func clashing() -> Crossing.Setting {
        var setting = setting()
        setting.target.addTool(
            World.tool(
                "tool_number_0", source: "def tool_number_0():\n    return 'other'\n", tags: ["theirs"]))
        return setting
    }

    @Test func `a tool of other source is refused before anything is written`() async throws {
        try await withCrossing(clashing()) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect(ending.refusals == ["tool-clash"])
            #expect(crossing.target.writes == 0 && crossing.source.writes == 0)
        }
    }

    @Test(arguments: [Choices.Tools.keep, .overwrite])
    func `a tool of other source is kept or overwritten as ordered`(choice: Choices.Tools) async throws {
        try await withCrossing(clashing()) { crossing in
            var choices = Crossing.acceptsAll
            choices.tools = choice
            let result = try await crossing.move(choices)
            #expect(
                result.verdict?.isVerified == true, "\(result.verdict?.differences.map(\.sentence) ?? [])")
            let source = crossing.target.world.tool(named: "tool_number_0")?.sourceCode ?? ""
            #expect(source.contains("'other'") == (choice == .keep))
            let steps = try await crossing.journal.steps(result.run.id).filter {
                $0.intent.kind == "target/patch-tool"
            }
            let before = steps.compactMap { $0.intent.preImage.map { String(decoding: $0, as: UTF8.self) } }
            #expect(before.contains { $0.contains("'other'") } == (choice == .overwrite))
            #expect(crossing.leftovers() == [])
            if choice == .overwrite { #expect(crossing.problems() == []) }
        }
    }

    @Test func `a tool that is there with the same source is used and not touched`() async throws {
        var setting = setting()
        setting.target.addTool(Stock.custom(0))
        try await withCrossing(setting) { crossing in
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.problems() == [])
            #expect(crossing.target.world.tools.all.count { $0.name == "tool_number_0" } == 1)
        }
    }

    // MARK: passages

    @Test func `passages of one text and one instant arrive as many times as they are there`() async throws {
        var setting = setting()
        let ada = setting.source.agents.ids.first ?? ""
        let archive = setting.source.agents[ada]?.archiveID ?? ""
        let instant = try #require(Moment("2026-03-01T00:00:00.000001+00:00"))
        for number in 0..<5 {
            for tag in ["one", "two"] {
                setting.source.add(
                    passage: "Twice \(number / 2).", tags: [tag], metadata: ["n": .int(number / 2)],
                    created: instant,
                    to: archive)
            }
        }
        setting.targetFaults = [.init(Self.batch, .nth(3), .workThenRefuse(status: 500))]
        try await withCrossing(setting) { crossing in
            var ending = await crossing.ending { try await crossing.move() }
            if !ending.isVerified { ending = await crossing.ending { try await crossing.resume() } }
            #expect(ending.isVerified, "\(ending)")
            #expect(crossing.problems() == [])
            #expect(crossing.target.world.passages.count == 16)
        }
    }

    @Test func `a batch that is answered by no list is looked for, and sent again where it is missing`()
        async throws
    {
        try await withCrossing(setting([.init(Self.batch, .nth(1), .wrongShape)])) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect(ending.isVerified, "\(ending)")
            #expect(crossing.problems() == [])
            #expect(crossing.notes.all.contains { $0.contains("looking before sending more") })
        }
    }

    @Test func `a target without a batch route gets its passages one by one, and says what it loses`()
        async throws
    {
        var setting = setting()
        setting.targetProfile.hasPassageBatches = false
        setting.targetFaults = [
            .init("POST /v1/agents/{}/archival-memory", .nth(3), .workThenRefuse(status: 500))
        ]
        try await withCrossing(setting) { crossing in
            var ending = await crossing.ending { try await crossing.move() }
            if !ending.isVerified, ending.error != nil {
                ending = await crossing.ending { try await crossing.resume() }
            }
            #expect(
                ending.isVerified,
                "\(ending.result?.verdict?.differences.map(\.sentence) ?? []) \(String(describing: ending.error))"
            )
            #expect(ending.result?.plan?.fidelity.losses.contains { $0.id == "passage-metadata" } == true)
            #expect(crossing.target.world.passages.count == 6)
            #expect(crossing.leftovers() == [])
        }
    }

    @Test func `an archive that an attempt left is used, and others of the run are removed`() async throws {
        try await withCrossing(
            setting([.init("PATCH /v1/agents/{}/archives/attach/{}", .nth(1), .refuse(status: 500))])
        ) { crossing in
            _ = await crossing.ending { try await crossing.move() }
            let run = try #require(try await crossing.newestRun)
            _ = try await crossing.to.perform(
                .createArchive(
                    Marker(run: run.id.description, attempt: 97), description: "late", embedding: nil))
            #expect(crossing.target.world.archives.count == 2)
            let result = try await crossing.resume()
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.problems() == [])
        }
    }
}

/// True once.
final class Once: Sendable {
    private let met = Mutex(false)
    var isFirst: Bool {
        met.withLock { met in
            defer { met = true }
            return !met
        }
    }
}
