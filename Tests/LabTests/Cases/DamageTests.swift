import LosslessJSON
import Testing

extension FilesOnRealServers {
    /// Each single damage on the target, made over HTTP, is caught and named.
    @Suite(.serialized) struct DamageTests {
        @Test(.timeLimit(.minutes(10)))
        func `every single damage is caught and named, and no damage is none`() async throws {
            var agent = SmallAgent(word: Lab.unique())
            agent.turns = 5
            agent.hasSecret = true
            try await withSmall(agent) { _ in
                try await withSandbox { sandbox in
                    let bench = try await DamageBench(agent, sandbox)
                    try await bench.check(DamageCase("nothing", "", "", ""))
                    try await each(DamageCase.table, width: 4) { try await bench.check($0) }
                    // The tool is everybody's: alone, and at last.
                    try await bench.check(DamageCase.toolSource)
                }
            }
        }
    }
}

/// One kind of damage and what ferry has to say of it.
struct DamageCase: Sendable {
    typealias Rows = @Sendable ([JSONNode]) -> [JSONNode]
    typealias Change = @Sendable (inout JSONNode) -> Void
    typealias Act = @Sendable (DamagedCopy) async throws -> Void

    let name: String
    /// As in the verdict's JSON; empty where nothing is to be found.
    let kind: String
    let damage: String
    /// Must occur in the sentence.
    let text: String
    /// To the file before it is imported.
    var rows: Rows = { $0 }
    var agent: Change = { _ in }
    /// To the agent on the target.
    var act: Act = { _ in }

    init(_ name: String, _ kind: String, _ damage: String, _ text: String, rows: @escaping Rows) {
        self.init(name, kind, damage, text)
        self.rows = rows
    }

    init(_ name: String, _ kind: String, _ damage: String, _ text: String, agent: @escaping Change) {
        self.init(name, kind, damage, text)
        self.agent = agent
    }

    init(_ name: String, _ kind: String, _ damage: String, _ text: String, act: @escaping Act = { _ in }) {
        (self.name, self.kind, self.damage, self.text) = (name, kind, damage, text)
        self.act = act
    }

    static let toolSource = DamageCase("tool source changed", "tools", "changed", "source_code") { copy in
        let tool = try await copy.tool(0)
        let source = (tool["source_code"]?.string ?? "").replacing("'noted '", with: "'lost '")
        try await copy.patch("/v1/tools/\(tool["id"]?.string ?? "")", ["source_code": .string(source)])
    }

    static let table = history + passages + memory + settings

    // Of 21 rows; the last nine or so are in context.
    private static let history: [DamageCase] = [
        DamageCase("message missing", "messages", "missing", "message 6 of 21") { rows in
            rows.enumerated().filter { $0.offset != 5 }.map(\.element)
        },
        DamageCase("text changed", "messages", "changed", "message 6 of 21 (2026-03-01 user): text changed") {
            $0.at(5) { $0["content"] = [["type": "text", "text": "Never said.", "signature": nil]] }
        },
        DamageCase("order swapped", "messages", "moved", "stands at place") { rows in
            var rows = rows
            rows.swapAt(4, 5)
            return rows
        },
        DamageCase(
            "an assistant row split", "messages", "split", "message 5 of 21 (2026-03-01 assistant): split"
        ) {
            rows in
            let parts = rows[4]["content"].flatMap { try? JSONDocument($0.bytes()).root.elements } ?? []
            guard parts.count == 2 else { return [] }
            return rows[..<4]
                + parts.map { part in
                    var row = rows[4]
                    row["content"] = [JSONNode(part)]
                    return row
                } + rows[5...]
        },
        DamageCase("created_at shifted", "messages", "time-shifted", "created_at shifted by +2 h") {
            $0.at(5) { $0["created_at"] = .string(SmallAgent.time(5).replacing("T10:", with: "T12:")) }
        },
        DamageCase("in-context list changed", "in-context", "missing", "not in context") { copy in
            let ids = try await copy.state()["message_ids"]?.elements.compactMap(\.string) ?? []
            let fewer = ids.enumerated().filter { $0.offset != 1 }.map { JSONNode.string($0.element) }
            try await copy.patch(copy.path, ["message_ids": .array(fewer)])
        },
        DamageCase("in-context order changed", "in-context", "moved", "stands at place") { copy in
            var ids = try await copy.state()["message_ids"]?.elements.compactMap(\.string) ?? []
            ids.swapAt(1, 2)
            try await copy.patch(copy.path, ["message_ids": .array(ids.map { .string($0) })])
        },
    ]

    private static let passages: [DamageCase] = [
        DamageCase("passage lost", "passages", "missing", "passage 4 of 8") { try await $0.deletePassage(3) },
        DamageCase("passage tag lost", "passages", "tag-lost", "lost tag-0") {
            try await $0.replacePassage(3) { $0["tags"] = ["all"] }
        },
        DamageCase("passage created_at shifted", "passages", "time-shifted", "created_at shifted by +1 h") {
            try await $0.replacePassage(3) {
                $0["created_at"] = .string(SmallAgent.time(51 + 60, micros: 51))
            }
        },
        DamageCase("passage text changed", "passages", "text-changed", "passage 4 of 8") {
            try await $0.replacePassage(3) { $0["text"] = "Never remembered." }
        },
        DamageCase("passage metadata changed", "passages", "metadata-changed", "metadata changed") {
            try await $0.replacePassage(3) { $0["metadata"] = ["index": 99] }
        },
        DamageCase("passage twice", "passages", "extra", "not expected") {
            try await $0.addPassage(3) { _ in }
        },
    ]

    private static let memory: [DamageCase] = [
        DamageCase("block value changed", "blocks", "changed", "value changed") {
            try await $0.patchBlock(0, ["value": "I am somebody else."])
        },
        DamageCase("block limit changed", "blocks", "changed", "limit changed") {
            try await $0.patchBlock(0, ["limit": 9999])
        },
        DamageCase("block description changed", "blocks", "changed", "description changed") {
            try await $0.patchBlock(0, ["description": "Another."])
        },
        DamageCase("block read_only changed", "blocks", "changed", "read_only changed") {
            try await $0.patchBlock(2, ["read_only": false])
        },
        DamageCase("block metadata changed", "blocks", "changed", "metadata") {
            try await $0.patchBlock(0, ["metadata": ["at": 7]])
        },
        DamageCase("block tag added", "blocks", "changed", "tags") {
            try await $0.patchBlock(0, ["tags": ["mine"]])
        },
        DamageCase("block detached", "blocks", "missing", "missing") { copy in
            let id = try await copy.block(1)["id"]?.string ?? ""
            try await copy.patch("\(copy.path)/core-memory/blocks/detach/\(id)", [:])
        },
    ]

    private static let settings: [DamageCase] = [
        DamageCase("agent tag lost", "tags", "missing", "tag lab: missing") { copy in
            try await copy.patch(copy.path, ["tags": [.string("tag-\(copy.agent.word)"), "海"]])
        },
        DamageCase("tool detached", "tools", "missing", "missing") { copy in
            let id = try await copy.tool(1)["id"]?.string ?? ""
            try await copy.patch("\(copy.path)/tools/detach/\(id)", [:])
        },
        DamageCase("tool rule lost", "tool-rules", "missing", "exit_loop") { copy in
            let rules = try await copy.state()["tool_rules"]?.elements ?? []
            let kept = rules.filter { $0["type"]?.string != "exit_loop" }.map { JSONNode($0) }
            try await copy.patch(copy.path, ["tool_rules": .array(kept)])
        },
        DamageCase("system prompt changed", "agent", "changed", "system changed") { copy in
            try await copy.patch(copy.path, ["system": "You are somebody else."])
        },
        DamageCase("description changed", "agent", "changed", "description changed") { copy in
            try await copy.patch(copy.path, ["description": "Another agent."])
        },
        DamageCase("metadata changed", "agent", "changed", "metadata") { copy in
            try await copy.patch(copy.path, ["metadata": ["made_for": "tests", "n": 8]])
        },
        DamageCase("timezone changed", "agent", "changed", "timezone changed") { copy in
            try await copy.patch(copy.path, ["timezone": "UTC"])
        },
        DamageCase("agent type different", "agent", "changed", "agent_type changed") {
            (agent: inout JSONNode) in
            agent["agent_type"] = "memgpt_v2_agent"
        },
        DamageCase("secret missing", "secrets", "missing", "LAB_KEY") { (agent: inout JSONNode) in
            agent["secrets"] = [:]
        },
    ]
}

extension [JSONNode] {
    fileprivate func at(_ place: Int, _ change: (inout JSONNode) -> Void) -> [JSONNode] {
        var nodes = self
        change(&nodes[place])
        return nodes
    }
}

/// A copy of the agent on the target, whole but for its damage.
struct DamagedCopy: Sendable {
    let agent: SmallAgent
    let id: String
    let archive: String

    var path: String { "/v1/agents/\(id)" }

    func patch(_ path: String, _ body: JSONNode) async throws { try await Lab.target.patch(path, body) }
    func state() async throws -> JSONValue { try await Lab.target.get(path) }

    func block(_ place: Int) async throws -> JSONValue {
        let blocks = try await Lab.target.get("\(path)/core-memory/blocks?limit=100").elements
        return try #require(blocks.first { $0["label"]?.string == agent.labels[place] })
    }

    func patchBlock(_ place: Int, _ body: JSONNode) async throws {
        try await patch("/v1/blocks/\(try await block(place)["id"]?.string ?? "")", body)
    }

    func tool(_ place: Int) async throws -> JSONValue {
        let tools = try await Lab.target.get("\(path)/tools?limit=100").elements
        return try #require(tools.first { $0["name"]?.string == agent.toolNames[place] })
    }

    func deletePassage(_ place: Int) async throws {
        let wanted = "Memory \(place) of"
        let passages = try await Lab.target.get("\(path)/archival-memory?limit=100").elements
        let passage = try #require(passages.first { $0["text"]?.string?.hasPrefix(wanted) == true })
        try await Lab.target.delete("\(path)/archival-memory/\(passage["id"]?.string ?? "")")
    }

    func addPassage(_ place: Int, _ change: (inout JSONNode) -> Void) async throws {
        var passage = agent.passageBodies[place]
        change(&passage)
        try await Lab.target.post("/v1/archives/\(archive)/passages/batch", ["passages": [passage]])
    }

    func replacePassage(_ place: Int, _ change: (inout JSONNode) -> Void) async throws {
        try await deletePassage(place)
        try await addPassage(place, change)
    }
}

/// A snapshot and its agent file, and any number of copies.
struct DamageBench: Sendable {
    let agent: SmallAgent
    let sandbox: Sandbox
    private let snapshot: String
    private let file: [UInt8]

    init(_ agent: SmallAgent, _ sandbox: Sandbox) async throws {
        (self.agent, self.sandbox) = (agent, sandbox)
        snapshot = "\(sandbox.folder)/agent.ferry"
        let captured = try await sandbox.ferry("snapshot", agent.name, "--from", "a", "-o", snapshot)
        let path = "\(sandbox.folder)/agent.af"
        let exported = try await sandbox.ferry("export", snapshot, "-o", path)
        guard captured.exit == 0, exported.exit == 0 || exported.exit == 3 else {
            throw LabError("\(captured)\n\(exported)")
        }
        file = try Files.read(path)
    }

    func check(_ damage: DamageCase) async throws {
        let name = "lt-\(agent.word)-\(Lab.unique())"
        let id = try await Lab.target.importFile(try damaged(damage, name))
        let archive = try await Lab.target.addPassages(
            agent.passageBodies, named: "\(name)'s Archive", to: id)
        do {
            try await damage.act(DamagedCopy(agent: agent, id: id, archive: archive))
        } catch {
            Issue.record("\(damage.name) could not be made: \(error)")
            return
        }
        let outcome = try await sandbox.ferry(
            "verify", snapshot, "--at", "b", "--agent", id, "--as", name, "--secret", "LAB_KEY", "--json")
        guard let verdict = VerdictText(outcome.out) else {
            Issue.record("\(damage.name): no verdict\n\(outcome)")
            return
        }
        let found = verdict.differences
        guard !damage.kind.isEmpty else {
            #expect(outcome.exit == 0 && found.isEmpty, "\(damage.name): \(found)\n\(outcome.err)")
            return
        }
        #expect(outcome.exit == 1, "\(damage.name): \(outcome.err)")
        let start = "\(damage.kind) \(damage.damage): "
        #expect(
            found.contains { $0.hasPrefix(start) && $0.contains(damage.text) },
            "\(damage.name): \(start)…\(damage.text) is not among \(found)")
    }

    /// The agent file under this name, with the secret's value, damaged.
    private func damaged(_ damage: DamageCase, _ name: String) throws -> [UInt8] {
        let root = try JSONDocument(file).root
        let agent = try #require(root["agents"]?[0])
        let old = agent["messages"]?.elements ?? []
        let rows = damage.rows(old.map { JSONNode.shallow($0) })
        // A place of the context is the row that stands there now.
        let ids = rows.map { $0["id"]?.text() ?? "" }
        var numbered: [JSONNode] = []
        var places: [String: Int] = [:]
        for (place, row) in rows.enumerated() {
            var row = row
            if places[ids[place]] == nil { places[ids[place]] = place }
            row["id"] = .string("message-\(place)")
            numbered.append(row)
        }
        let context = (agent["in_context_message_ids"]?.elements ?? []).compactMap { id in
            places[JSONNode(id).text()].map { JSONNode.string("message-\($0)") }
        }
        var changed = JSONNode.shallow(agent)
        changed["name"] = .string(name)
        changed["secrets"] = ["LAB_KEY": "a-secret-of-the-tests"]
        changed["messages"] = .array(numbered)
        changed["in_context_message_ids"] = .array(context)
        damage.agent(&changed)
        var whole = JSONNode.shallow(root)
        whole["agents"] = [changed]
        return whole.bytes()
    }
}
