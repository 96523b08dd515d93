import Glibc
public import Home
public import LettaModel
import LosslessJSON

/// A place at work: the two views of it, and a run of its own.
struct Bench: Sendable {
    let subject: ConformanceSubject
    let source: any Home<SourceSide>
    let target: any Home<TargetSide>
    var marker = Marker(run: "c" + String(UInt64.random(in: 0...UInt64.max), radix: 36), attempt: 1)

    // MARK: planting

    /// An agent made from the file of `plan`.
    func plant(_ plan: AgentPlan? = nil) async throws -> Planted {
        let plan = plan ?? AgentPlan(rows: subject.rows)
        let outcome = try await target.perform(.importFile(try upload(plan)))
        guard case .agents(let ids) = outcome, let id = ids.first else {
            throw NonConformance(description: "an import named no agent")
        }
        return Planted(onTarget: id, onSource: ServerID(id.raw))
    }

    /// Writes the file and says how it goes in.
    func upload(_ plan: AgentPlan) throws -> ImportUpload {
        let marker = plan.marker ?? marker
        let path = "\(subject.folder)/\(marker)-\(UInt32.random(in: 0...UInt32.max)).af"
        try Self.write(plan.file(marker, embeds: subject.embedding != nil), to: path)
        return ImportUpload(
            path: path, marker: marker, name: plan.agents == 0 ? nil : marker.description,
            overridesTools: plan.overridesTools, model: subject.model, embedding: subject.embedding,
            secrets: ["LIBRARY_CARD": Secret("conformance-card-0417")])
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = Glibc.open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        try claim(file >= 0, "\(path) cannot be written")
        defer { close(file) }
        let count = Glibc.write(file, bytes, bytes.count)
        try claim(count, is: bytes.count, "bytes written to \(path)")
    }

    /// A reader for the agent.
    func reader(for agent: Planted) async throws -> Planted {
        let template = try await target.agent(agent.onTarget).json
        guard case .agents(let ids) = try await target.perform(.createReader(marker, template: template)),
            let id = ids.first
        else { throw NonConformance(description: "no reader was named") }
        return Planted(onTarget: id, onSource: ServerID(id.raw))
    }

    /// An archive named by the marker, attached, with these passages in it.
    func fill(_ agent: Planted, with drafts: [PassageDraft]) async throws -> ServerID<ArchiveKind, TargetSide>
    {
        let step = Step<TargetSide>.createArchive(
            marker, description: "of a check", embedding: subject.embedding)
        guard case .archive(let archive) = try await target.perform(step) else {
            throw NonConformance(description: "no archive was named")
        }
        _ = try await target.perform(.attachArchive(archive, to: agent.onTarget))
        _ = try await target.perform(.insertPassages(drafts, into: archive))
        return archive
    }

    // MARK: reading

    func pages(of agent: Planted, from start: ListingStart<SourceSide> = .oldest) async throws -> [ListedPage<
        SourceSide
    >] {
        var pages: [ListedPage<SourceSide>] = []
        for try await page in source.listing(of: agent.onSource, thread: .main, from: start) {
            pages.append(page)
        }
        return pages
    }

    func rows(of agent: Planted, from start: ListingStart<SourceSide> = .oldest) async throws -> [ListedRow<
        SourceSide
    >] {
        try await pages(of: agent, from: start).flatMap(\.rows)
    }

    func passages(of agent: Planted, _ route: PassageRoute) async throws -> [Passage<SourceSide>] {
        var passages: [Passage<SourceSide>] = []
        for try await batch in source.passages(of: agent.onSource, route: route) { passages += batch }
        return passages
    }

    // MARK: leaving

    /// Removes everything that carries the run's markers, and its tools.
    func sweep() async throws {
        removeFiles()
        for found in try await target.find(run: marker.run) {
            switch found.kind {
            case .agent: _ = try await target.perform(.deleteAgent(ServerID(found.id)))
            case .block: _ = try await target.perform(.deleteBlock(ServerID(found.id)))
            case .archive: _ = try await target.perform(.deleteArchive(ServerID(found.id)))
            }
        }
        for tool in try await target.tools(named: AgentPlan.toolNames(marker)) {
            _ = try await target.perform(.deleteTool(tool.id))
        }
    }
}

extension Bench {
    /// The agent files that were spooled for this run.
    fileprivate func removeFiles() {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob("\(subject.folder)/\(marker.runTag)-*.af", 0, nil, &found) == 0 else { return }
        for place in 0..<Int(found.gl_pathc) {
            if let path = found.gl_pathv[place] { unlink(path) }
        }
    }
}

/// One agent, with its id in the types of both ends.
struct Planted: Sendable {
    let onTarget: ServerID<AgentKind, TargetSide>
    let onSource: ServerID<AgentKind, SourceSide>
}

/// `n` drafts, strictly ascending, each with tags, metadata and microseconds.
func passageDrafts(_ count: Int) -> [PassageDraft] {
    (0..<count).map { number in
        let micro = String(1_000_000 + number * 1009 % 1_000_000).dropFirst()
        let created =
            "2026-03-0\(1 + number / 60 % 9)T05:\(String(100 + number % 60).dropFirst()):07.\(micro)+00:00"
        let json: JSONNode = [
            "text": .string("Passage \(number): 春の音, \"quoted\" \\ and мир."),
            "tags": .array([.string("tag \(number % 7)"), "all"]),
            "metadata": ["number": .int(number), "deep": ["exact": .number("1.5"), "none": nil]],
            "created_at": .string(created),
        ]
        return PassageDraft(createdAt: created, json: json.bytes())
    }
}

extension JSONValue {
    init(of json: VerbatimJSON) throws { self = try JSONDocument(json).root }
}

/// Value equality, whatever the text.
func canonical(_ json: VerbatimJSON, dropping keys: Set<String> = []) throws -> [UInt8] {
    Canonical.bytes(try JSONDocument(json).root, dropping: keys)
}

/// An agent as the checks plant it: every row, four blocks, thirteen tools,
/// five passages in an archive.
public struct ConformanceFixture: Sendable {
    public let marker: Marker
    public let agent: ServerID<AgentKind, TargetSide>
    public let archive: ServerID<ArchiveKind, TargetSide>
}

extension ConformanceSubject {
    /// Plants an agent with the subject's rows, and removes it afterwards.
    public func withFixture(
        on target: any Home<TargetSide>, readAs source: any Home<SourceSide>, context: Int = 200,
        _ body: (ConformanceFixture) async throws -> Void
    ) async throws {
        let bench = Bench(subject: self, source: source, target: target)
        do {
            var plan = AgentPlan(rows: rows)
            plan.inContext = context
            let agent = try await bench.plant(plan)
            let archive = try await bench.fill(agent, with: passageDrafts(5))
            try await body(ConformanceFixture(marker: bench.marker, agent: agent.onTarget, archive: archive))
        } catch {
            try? await bench.sweep()
            throw error
        }
        try await bench.sweep()
    }
}

extension ConformanceSubject {
    /// The agent file of the checks for these rows, all of them in context:
    /// four blocks, no tools; name and tags are the marker's.
    public static func agentFile(_ marker: Marker, rows: [VerbatimJSON]) -> VerbatimJSON {
        var plan = AgentPlan(rows: rows, tools: 0)
        plan.inContext = rows.count
        return plan.file(marker, embeds: true)
    }

    /// Removes what carries the run's markers.
    public static func sweep(
        _ run: String, on target: any Home<TargetSide>, readAs source: any Home<SourceSide>
    ) async throws {
        let subject = ConformanceSubject(name: "", rows: [], model: nil, embedding: nil, open: { _ in })
        try await Bench(
            subject: subject, source: source, target: target, marker: Marker(run: run, attempt: 1)
        ).sweep()
    }
}
