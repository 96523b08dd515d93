import HTTP
import HTTPCurl
import Home
import Host
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import Migration

/// A live look as a run of the journal: its agent carries the run's marker,
/// so that `ferry undo` finds it whatever became of the look.
enum DoctorRun {
    static let job = "doctor"
    private static let make = "target/create-agent"
    private static let remove = "target/delete-agent"

    /// **Effects**: a run, which has ended when this returns unless its agent
    /// could not be deleted.
    static func sighting(
        _ errand: Errand, at entry: ServerEntry, model: String?, _ world: World
    ) async throws -> Sighting {
        try await Session.with(world, ProgressPrinter(world)) { engine in
            let draft = try draft(errand, entry)
            let marker = Marker(run: draft.id.raw, attempt: 1)
            try await engine.journal.create(draft)
            try await engine.journal.claim(draft.id)
            try await engine.journal.setStatus(draft.id, .running)
            let diary = Diary(engine.journal, draft.id, marker, url: errand.origin.description)
            let wish = LiveWish(
                name: marker.description, tags: [marker.runTag], model: model, diary: diary)
            var sighting = await Survey(errand, dialer: CurlDialer(), live: wish).sighting {
                Int(world.now())
            }
            sighting.live?.run = draft.id.raw
            try await close(draft.id, engine.journal)
            return sighting
        }
    }

    private static func draft(_ errand: Errand, _ entry: ServerEntry) throws -> RunDraft {
        var random = SystemRandomNumberGenerator()
        var values: [String: RunChoices.Value] = [:]
        switch entry.token {
        case .environment(let variable): values["token-env"] = .text(variable)
        case .file(let path): values["token-file"] = .text(path)
        case .command(let command): values["token-command"] = .text(command)
        case nil: break
        }
        values["ca-file"] = entry.caFile.map { .text($0) }
        let url = errand.origin.description
        return RunDraft(
            id: RunID(at: .now(), using: &random), job: job, target: RunAddress(name: url, url: url),
            choices: try RunChoices(values), version: Version.number)
    }

    private static func close(_ run: RunID, _ journal: RunJournal) async throws {
        let isOpen = try await !journal.openSteps(run).isEmpty
        try await journal.setStatus(
            run, isOpen ? .incomplete : .undone,
            verdict: isOpen
                ? "its throwaway agent may still be there: ferry undo \(run)"
                : "nothing of it is left on the server")
        try await journal.release(run)
    }

    // MARK: taking it back

    /// Deletes the agent that carries the run's marker as its tag and still as
    /// its name, and nothing else: one that was given a name is somebody's.
    static func undo(_ run: RunRecord, _ world: World) async throws -> ExitCode {
        guard run.status != .undone else {
            throw Failure(
                .runNotUndoable, subject: run.id.description, reason: "nothing of it is left on the server",
                remedy: "ferry show \(run.id)")
        }
        let printer = ProgressPrinter(world)
        let home = try ServerResolver(world: world, progress: printer).target(of: entry(run))
        let (removed, left) = try await Session.with(world, printer) { engine in
            try await engine.journal.claim(run.id)
            let all = try await home.find(run: run.id.raw).filter { $0.kind == .agent }
            let found = all.filter { $0.name == $0.marker.description }
            for agent in found { try await delete(agent, run, home, engine.journal) }
            for step in try await engine.journal.openSteps(run.id) {
                try await engine.journal.settle(step.id, .abandoned(reason: "the run was undone"))
            }
            try await engine.journal.setStatus(
                run.id, .undone, verdict: "undone: removed \(found.count.counted("agent"))")
            try await engine.journal.release(run.id)
            return (found, all.filter { $0.name != $0.marker.description })
        }
        world.terminal.out(
            world.options.isJSON ? json(run, removed, left).text() + "\n" : text(run, removed, left))
        return left.isEmpty ? .clean : .findings
    }

    private static func delete(
        _ agent: Found<TargetSide>, _ run: RunRecord, _ home: any Home<TargetSide>, _ journal: RunJournal
    ) async throws {
        let details: JSONNode = ["at": .string(home.address.url), "id": .string(agent.id)]
        let step = try await journal.intend(
            run.id, StepIntent(kind: remove, marker: agent.marker, details: details.bytes()))
        do {
            _ = try await home.perform(.deleteAgent(ServerID(agent.id)))
            try await journal.settle(step, .done(details: nil))
        } catch {
            try await journal.settle(step, .unknown(reason: "\(error)"))
            try await journal.release(run.id)
            throw error
        }
    }

    private static func entry(_ run: RunRecord) -> ServerEntry {
        func text(_ name: String) -> String? {
            if case .text(let text)? = run.draft.choices.values[name] { text } else { nil }
        }
        let url = run.draft.target?.url ?? ""
        return ServerEntry(
            name: url, url: url,
            token: text("token-env").map(TokenSource.environment) ?? text("token-file").map(TokenSource.file)
                ?? text("token-command").map(TokenSource.command), caFile: text("ca-file"))
    }

    private static let renamed = "it was given another name since"

    private static func text(
        _ run: RunRecord, _ removed: [Found<TargetSide>], _ left: [Found<TargetSide>]
    ) -> String {
        (removed.map { "removed    agent \($0.name) (\($0.id))" }
            + left.map { "left       agent \($0.name) (\($0.id)): \(renamed)" }
            + ["\(run.id): undone; \(removed.count.counted("agent")) removed"]).map { $0 + "\n" }.joined()
    }

    private static func json(
        _ run: RunRecord, _ removed: [Found<TargetSide>], _ left: [Found<TargetSide>]
    ) -> JSONNode {
        [
            "schema": "ferry.undo/1", "run": .string(run.id.description), "status": "undone",
            "removed": .array(
                removed.map { ["kind": "agent", "id": .string($0.id), "name": .string($0.name)] }),
            "restored": [],
            "left": .array(
                left.map {
                    [
                        "kind": "agent", "id": .string($0.id), "name": .string($0.name),
                        "reason": .string(renamed),
                    ]
                }), "snapshot": .null,
            "verdict": .string("\(run.id): undone; \(removed.count.counted("agent")) removed"),
        ]
    }

    // MARK: while it happens

    /// Intent and outcome of each of its two writes.
    private actor Diary: LiveDiary {
        private let journal: RunJournal
        private let run: RunID
        private let marker: Marker
        private let url: String
        private var making: StepID?
        private var removing: StepID?

        init(_ journal: RunJournal, _ run: RunID, _ marker: Marker, url: String) {
            self.journal = journal
            self.run = run
            self.marker = marker
            self.url = url
        }

        func note(_ event: LiveEvent) async throws {
            switch event {
            case .willMake: making = try await intend(make, [:])
            case .made(let id): try await settle(making, .done(details: Self.json(["agent": id])))
            case .refused(let reason): try await settle(making, .refused(reason: reason))
            case .unknown(let reason): try await settle(making, .unknown(reason: reason))
            case .willRemove(let id): removing = try await intend(remove, ["id": id])
            case .removed: try await settle(removing, .done(details: nil))
            case .left: try await settle(removing, .unknown(reason: "the server did not delete it"))
            }
        }

        private func intend(_ kind: String, _ words: [String: String]) async throws -> StepID {
            let details = words.merging(["at": url]) { old, _ in old }
            return try await journal.intend(
                run, StepIntent(kind: kind, marker: marker, details: Self.json(details)))
        }

        private func settle(_ step: StepID?, _ outcome: StepOutcome) async throws {
            if let step { try await journal.settle(step, outcome) }
        }

        private static func json(_ words: [String: String]) -> VerbatimJSON {
            JSONNode.object(
                words.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .string($0.value)) }
            ).bytes()
        }
    }
}
