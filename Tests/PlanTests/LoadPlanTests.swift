import LettaModel
import LosslessJSON
import Plan
import Testing

struct LoadPlanTests {
    @Test func `the steps are in the order in which they are taken`() {
        let steps = Sample.plan(Choices(name: "ada 2")).loadPlan.steps
        #expect(
            steps == [
                .createTool(name: "weather"),
                .importAgent(
                    AgentImport(
                        rows: 312, inContext: 21, blocks: 1, bytes: 312 * 640 + 900,
                        model: "openai/gpt-4o-mini",
                        embedding: "openai/text-embedding-3-small", secrets: [])),
                .createArchive(embedding: "openai/text-embedding-3-small"),
                .insertPassages(PassageInsert(passages: 60, requests: 1, isBatched: true)),
                .commit(name: "ada 2", tags: ["companion"]),
            ])
    }

    @Test func `without a batch route each passage is a request`() {
        let steps = Sample.plan(target: { $0.abilities.insertsPassagesInBatches = false }).loadPlan.steps
        #expect(steps.contains(.insertPassages(PassageInsert(passages: 60, requests: 60, isBatched: false))))
    }

    @Test func `only secrets that get a value go with the import`() {
        let secrets = [
            SecretFacts(name: "B", value: .hidden), SecretFacts(name: "A", value: .shown),
            SecretFacts(name: "C", value: .hidden),
        ]
        let plan = Sample.plan(Choices(copiesSecrets: true), source: { $0.secrets = secrets })
        #expect(plan.loadPlan.agentImport?.secrets == ["A"])
    }
}

struct PassageBatchTests {
    private func split(_ times: [Int64], _ bytes: [Int] = []) -> [[Int]] {
        PassageBatches.split(times: times.map(Instant.init(microseconds:)), bytes: bytes)
    }

    @Test func `batches hold five hundred`() {
        let batches = split(Array(0..<1100))
        #expect(batches.map(\.count) == [500, 500, 100])
    }

    @Test func `passages of one instant go in separate batches`() {
        #expect(split([1, 2, 2, 3]) == [[0, 1, 3], [2]])
        #expect(split([5, 5, 5]) == [[0], [1], [2]])
    }

    @Test func `big texts make smaller batches`() {
        #expect(split([1, 2, 3], [3_000_000, 2_000_000, 1_000_000]) == [[0], [1, 2]])
        #expect(split([1], [9_000_000]) == [[0]])
    }

    @Test func `every passage is in one batch, strictly ascending`() {
        var times: [Int64] = []
        for step in 0..<500 { times += Array(repeating: Int64(step), count: step % 7 == 0 ? 5 : 1) }
        let batches = split(times)
        #expect(batches.flatMap(\.self).sorted() == Array(times.indices))
        for batch in batches {
            #expect(zip(batch, batch.dropFirst()).allSatisfy { times[$0] < times[$1] })
            #expect(batch.count <= PassageBatches.passagesAtMost)
        }
    }

    @Test func `nothing makes no batch`() {
        #expect(split([]).isEmpty)
    }
}

struct CostTests {
    @Test func `a small move is a few requests and seconds`() {
        let cost = Sample.plan().cost
        #expect(cost.stages.map(\.name) == ["capture", "import", "passages", "verify"])
        #expect(cost.embeddings == 60)
        #expect(cost.embeddingTokens == 2250)
        #expect(cost.seconds < 5)
        #expect(cost.warnings.isEmpty)
    }

    @Test func `a file needs no capture`() {
        let cost = Sample.plan(source: { $0.origin = .agentFile(path: "ada.af") }).cost
        #expect(cost.stages.map(\.name) == ["import", "passages", "verify"])
    }

    @Test func `a long import warns of proxies`() {
        let cost = Sample.plan(source: { $0.rows.count = 200_000 }).cost
        #expect(cost.warnings.count == 2)
        #expect(cost.warnings[0].contains("proxy_read_timeout"))
        #expect(cost.warnings[1].contains("client_max_body_size"))
    }

    @Test func `nothing stands before a server on this machine`() {
        let cost = Sample.plan(
            source: { $0.rows.count = 5000 }, target: { $0.server.url = "http://127.0.0.1:8283" }
        ).cost
        #expect(cost.warnings.isEmpty)
    }

    @Test func `a context that does not fit is told`() {
        let cost = Sample.plan(Choices(model: "openai-proxy/gpt-4o")).cost
        #expect(cost.warnings.contains { $0.contains("9,000 tokens") && $0.contains("8,000") })
    }
}

struct ChoicesJSONTests {
    @Test(arguments: [
        Choices(),
        Choices(
            tools: .overwrite, model: "a/b", embedding: "c/d", name: "n", secrets: ["K", "L"],
            copiesSecrets: true,
            acceptance: .ids(["secret:K"]), reader: .folded, live: .tool("weather")),
        Choices(acceptance: .all, live: .baseTool),
    ])
    func `choices come back from the journal as they were`(_ choices: Choices) throws {
        let document = try JSONDocument(choices.json.bytes())
        #expect(Choices(document.root) == choices)
    }

    @Test(arguments: ["{}", "[]", #"{"tools":"maybe"}"#])
    func `what is no choice is nil`(_ text: String) throws {
        #expect(Choices(try JSONDocument(text).root) == nil)
    }
}
