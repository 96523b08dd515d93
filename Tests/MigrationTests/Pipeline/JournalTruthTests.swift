import Glibc
import Journal
import LettaModel
import LosslessJSON
import Plan
import Synchronization
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// What the journal says, against what the servers met.
@Suite struct JournalTruthTests {
    private static let kinds = [
        "POST /v1/agents/import": "import-file", "POST /v1/agents/": "create-reader",
        "DELETE /v1/agents/{}": "delete-agent", "POST /v1/archives/": "create-archive",
        "PATCH /v1/agents/{}/archives/attach/{}": "attach-archive",
        "POST /v1/archives/{}/passages/batch": "insert-passages", "PATCH /v1/blocks/{}": "patch-block",
        "PATCH /v1/tools/{}": "patch-tool", "PATCH /v1/archives/{}": "patch-archive",
        "PATCH /v1/agents/{}": "patch-agent", "POST /v1/identities/": "create-identity",
    ]

    /// Writes by kind; what a reader is shown is no step.
    private func writes(_ server: ScriptedServer) -> [String: Int] {
        var counts: [String: Int] = [:]
        for request in server.requests where request.method != "GET" {
            let isShowing = (try? JSONDocument(request.body).root["message_ids"]) ?? nil != nil
            if request.route == "PATCH /v1/agents/{}", isShowing { continue }
            counts[Self.kinds[request.route] ?? request.route, default: 0] += 1
        }
        return counts
    }

    @Test func `each write on either server is one step with an outcome`() async throws {
        try await withCrossing { crossing in
            let result = try await crossing.move()
            let steps = try await crossing.journal.steps(result.run.id)
            #expect(steps.allSatisfy { $0.outcome != nil && $0.settledAt != nil })
            #expect(Self.kinds(of: steps, at: "source") == writes(crossing.source))
            #expect(Self.kinds(of: steps, at: "target") == writes(crossing.target))
        }
    }

    /// Records of a look, which change nothing.
    private static let looks: Set<String> = [
        "target/commit", "target/overwritten-tool", "target/found-identity",
    ]

    private static func kinds(of steps: [StepRecord], at side: String) -> [String: Int] {
        steps.filter { $0.intent.kind.hasPrefix(side + "/") && !looks.contains($0.intent.kind) }.reduce(
            into: [:]) { counts, step in
                counts[String(step.intent.kind.dropFirst(side.count + 1)), default: 0] += 1
            }
    }

    @Test func `the intent is on disk before the request is sent`() async throws {
        let late = Mutex<[String]>([])
        var setting = Crossing.Setting()
        setting.before = { name, ends in
            let isWrite = !name.hasPrefix("GET ")
            guard isWrite, let run = try await ends.journal.runs().first else { return }
            let hasIntent = try await ends.journal.steps(run.id).contains { $0.outcome == nil }
            let isShowing =
                name.hasPrefix("PATCH ") && name.split(separator: "/").last?.hasPrefix("agent-") == true
            if !hasIntent, !isShowing { late.withLock { $0.append(name) } }
        }
        try await withCrossing(setting) { crossing in
            try await crossing.move()
            #expect(late.withLock { $0 } == [])
        }
    }

    @Test func `journal and run folder hold no secret and no message, and nobody else can read them`()
        async throws
    {
        var setting = Crossing.Setting()
        var source = World.ada(rows: 24, passages: 3, inContext: 12, rowBytes: 1500, tools: 2)
        source.embeddingLength = 16
        setting.source = source
        setting.sourceToken = "scripted-api-token-93"
        try await withCrossing(setting) { crossing in
            var choices = Crossing.acceptsAll
            choices.copiesSecrets = true
            let result = try await crossing.move(choices)
            #expect(result.verdict?.isVerified == true)
            #expect(
                crossing.target.world.agents(named: "Ada").first?.secrets.first?.value == "scripted-card-0417"
            )
            let texts = crossing.source.world.rows(of: crossing.ada).flatMap { row in
                (row["content"]?.elements ?? []).compactMap { $0["text"]?.string }
            }
            let long = texts.filter { $0.utf8.count > 300 }.map { String($0.prefix(260)) }
            #expect(!long.isEmpty)
            let files = Files.entries(under: crossing.folder)
            for entry in files {
                #expect(entry.mode == (entry.isFolder ? 0o700 : 0o600), "\(entry.path)")
                guard !entry.isFolder else { continue }
                for secret in ["scripted-card-0417", "scripted-api-token-93"] {
                    #expect(!Files.holds(entry.path, secret), "\(entry.path)")
                }
                guard entry.path.contains("/state/") else { continue }
                for text in long { #expect(!Files.holds(entry.path, text), "\(entry.path)") }
            }
            #expect(!files.contains { $0.path.hasSuffix(".af") })
        }
    }

    @Test func `agent files that a killed process left are removed by resume`() async throws {
        var setting = Crossing.Setting()
        setting.targetFaults = [.init("POST /v1/agents/import", .every, .refuse(status: 400))]
        try await withCrossing(setting) { crossing in
            _ = await crossing.ending { try await crossing.move() }
            let run = try #require(try await crossing.newestRun)
            try PrivateFile.makeFolder(run.folder)
            try PrivateFile.write(Array("{}".utf8), to: run.folder + "/agent-1.af")
            crossing.heal()
            try await crossing.resume()
            #expect(!Files.entries(under: crossing.folder).contains { $0.path.hasSuffix(".af") })
        }
    }
}
