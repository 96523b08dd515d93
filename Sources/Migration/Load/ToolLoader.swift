import AgentFile
import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// Custom tools that the target lacks are made by an agent file without
/// agents, which never touches a tool that is there; tools that the user
/// chose to overwrite are patched, their old form in the journal.
struct ToolLoader {
    let context: LoadContext

    func run() async throws {
        try await create()
        try await repairCreated()
        for name in overwritten { try await overwrite(name) }
    }

    /// An import leaves some fields of a new tool at their defaults (0.16.8:
    /// enable_parallel_execution); they are compared and set. Tools that bear
    /// this run's tag are its own.
    private func repairCreated() async throws {
        let wanted = context.contents.tools.filter { ToolPatch.isCustom($0.document.json) }
        guard !wanted.isEmpty else { return }
        for tool in try await context.home.tools(named: wanted.map(\.document.name)) {
            guard let stored = wanted.first(where: { $0.document.name == tool.name }),
                ToolPatch.tags(of: tool.json).contains("ferry-\(context.run)"),
                let patch = try ToolPatch(from: stored.document.json, onto: tool.json, leaving: ["tags"]).json
            else { continue }
            try await context.ledger.perform(.patchTool(tool.id, json: patch), preImage: tool.json)
        }
    }

    private var created: [String] {
        context.plan.loadPlan.steps.compactMap { if case .createTool(let name) = $0 { name } else { nil } }
    }

    private var overwritten: [String] {
        context.plan.loadPlan.steps.compactMap { if case .overwriteTool(let name) = $0 { name } else { nil } }
    }

    private func create() async throws {
        var missing = try await missing()
        for _ in 0..<3 where !missing.isEmpty {
            try await upload(missing)
            missing = try await self.missing()
        }
        guard missing.isEmpty else {
            throw Failure(
                .loadIncomplete, subject: "tools \(missing.joined(separator: ", "))",
                reason: "the target took them and does not have them", remedy: "ferry resume \(context.run)",
                end: .target)
        }
    }

    private func missing() async throws -> [String] {
        guard !created.isEmpty else { return [] }
        let there = Set(try await context.home.tools(named: created).map(\.name))
        return created.filter { !there.contains($0) }
    }

    /// Safe to repeat: an import without override keeps what is there.
    private func upload(_ names: [String]) async throws {
        let attempt = try await context.ledger.journal.nextAttempt(context.run)
        let marker = context.marker(attempt)
        let tools = context.contents.tools.filter { names.contains($0.document.name) }.map(\.document.json)
        let file = try AgentFileWriter.toolsOnly(
            tools, toolKeys: context.abilities.toolKeys, markerTags: LoadContext.tags(of: marker))
        let path = "\(context.folder)/tools-\(attempt).af"
        defer { PrivateFile.remove(path) }
        let writer = try PrivateFileWriter(creating: path)
        try writer.write(file.bytes)
        try writer.finish()
        let upload = ImportUpload(
            path: path, marker: marker, name: nil, overridesTools: false, model: nil, embedding: nil,
            secrets: [:])
        context.progress(.note("making \(names.count.counted("tool")) on \(context.home.address)"))
        do {
            try await context.ledger.perform(
                .importFile(upload), marker: marker, request: ContentDigest.ofBytes(file.bytes),
                expecting: [("tools", .array(names.map { .string($0) }))])
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            try await Task.sleep(for: .seconds(2))
        }
    }

    private func overwrite(_ name: String) async throws {
        guard let stored = context.contents.tools.first(where: { $0.document.name == name }),
            let there = try await context.home.tools(named: [name]).first
        else { return }
        guard try ToolPatch(from: stored.document.json, onto: there.json).json != nil else { return }
        let patch = try ToolPatch.whole(stored.document.json)
        try await context.ledger.perform(.patchTool(there.id, json: patch), preImage: there.json)
    }
}

/// The fields of a tool that `PATCH /v1/tools/{id}` takes and that differ.
struct ToolPatch {
    /// Nil where nothing differs.
    let json: VerbatimJSON?

    /// Source: 0.16.8 `ToolUpdate`; other keys are a 422.
    static let fields = [
        "description", "source_type", "source_code", "tags", "json_schema", "args_json_schema",
        "return_char_limit",
        "pip_requirements", "npm_requirements", "default_requires_approval", "enable_parallel_execution",
    ]

    /// - Parameter leaving: fields that stay as they are.
    init(from wanted: VerbatimJSON, onto there: VerbatimJSON, leaving: Set<String> = []) throws {
        let wanted = try JSONDocument(wanted).root
        let there = try JSONDocument(there).root
        var patch: JSONNode = [:]
        var isEmpty = true
        for field in Self.fields where !leaving.contains(field) {
            guard let value = wanted[field] else { continue }
            let isSame = there[field].map { Canonical.bytes($0) == Canonical.bytes(value) } ?? value.isNull
            if isSame { continue }
            patch[field] = JSONNode(value)
            isEmpty = false
        }
        json = isEmpty ? nil : patch.bytes()
    }

    /// Fields that 0.16.8 sets back to their defaults when a PATCH leaves
    /// them out.
    private static let resetFields = ["enable_parallel_execution"]

    /// New tags, and nothing else changed.
    static func keeping(_ tool: VerbatimJSON, tags: [String]) throws -> VerbatimJSON {
        let root = try JSONDocument(tool).root
        var patch: JSONNode = ["tags": .array(tags.map { .string($0) })]
        for field in resetFields {
            if let value = root[field], !value.isNull { patch[field] = JSONNode(value) }
        }
        return patch.bytes()
    }

    /// Everything that a tool says of itself.
    static func whole(_ tool: VerbatimJSON) throws -> VerbatimJSON {
        let root = try JSONDocument(tool).root
        var patch: JSONNode = [:]
        for field in fields { patch[field] = root[field].map { JSONNode($0) } }
        return patch.bytes()
    }

    static func isCustom(_ tool: VerbatimJSON) -> Bool {
        (try? JSONDocument(tool))?.root["tool_type"]?.string == "custom"
    }

    static func tags(of tool: VerbatimJSON) -> [String] {
        (try? JSONDocument(tool))?.root["tags"]?.elements.compactMap(\.string) ?? []
    }
}
