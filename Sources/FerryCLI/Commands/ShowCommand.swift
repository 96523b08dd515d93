import Journal
import LettaModel
import LosslessJSON
import Migration
import Snapshot

/// `ferry show`.
enum ShowCommand {
    static let spec = CommandSpec(
        path: ["show"], summary: "show a run, or what a snapshot holds",
        arguments: [ArgumentSpec(name: "RUN|FILE", help: "a run of `ferry runs`, or a .ferry file")],
        flags: [FlagSpec(name: "steps", help: "list each step of the run with its outcome")],
        examples: [
            .init(command: "ferry show 1m4x7q2", meaning: "what the run did, made and found"),
            .init(command: "ferry show ada.ferry", meaning: "what the snapshot holds"),
        ]
    ) { invocation, world in
        let what = try invocation.required(0)
        let node =
            SnapshotName.isOne(what)
            ? try await snapshot(what) : try await run(what, invocation.has("steps"), world)
        world.terminal.out(world.options.isJSON ? node.text() + "\n" : Outline.render(node))
        return .clean
    }

    private static func snapshot(_ path: String) async throws -> JSONNode {
        let summary = try await withSnapshot(at: path, .inspect) { try await $0.summary() }
        var node: JSONNode = [
            "schema": "ferry.snapshot/1", "snapshot": .string(summary.path),
            "state": .string(summary.state.rawValue),
        ]
        if let last = summary.generations.last {
            node["agent"] = .string(last.origin.agentName)
            node["agent_id"] = .string(last.origin.agentID.raw)
            node["agent_type"] = .string(last.origin.agentType)
            node["source"] = .string(last.origin.serverURL)
            node["source_version"] = .string(last.origin.serverVersion)
            node["reader"] = .string(last.origin.reader.rawValue)
        }
        node["generations"] = .number("\(summary.generations.count)")
        node["messages"] = .number("\(summary.threads.reduce(0) { $0 + $1.rows })")
        node["messages_in_export_form"] = .number("\(summary.threads.reduce(0) { $0 + $1.withNative })")
        node["passages"] = .number("\(summary.passages)")
        node["documents"] = .array(summary.documents.map { .string("\($0.kind): \($0.count)") })
        node["secrets_not_stored"] = .array(Set(summary.cuts).sorted().map { .string($0) })
        node["bytes"] = .number("\(summary.fileBytes)")
        return node
    }

    private static func run(_ text: String, _ showsSteps: Bool, _ world: World) async throws -> JSONNode {
        try await Session.with(world, ProgressPrinter(world)) { engine in
            let run = try await engine.journal.run(text)
            var node = RunJSON.of(run)
            let mappings = try await engine.journal.mappings(of: run.id)
            let shared = mappings.filter { $0.kind.hasPrefix("shared-") }
            node["made"] = .array(
                mappings.filter { !shared.contains($0) }.map { .string("\($0.kind) \($0.targetID)") })
            if !shared.isEmpty {
                node["attached"] = .array(shared.map { .string("\($0.kind) \($0.targetID)") })
            }
            node["changes"] = .array(
                try await engine.journal.changeCounts(run.id).map {
                    .string("\($0.rule): \($0.count.counted("time"))")
                })
            node["stays_behind"] = .array(
                try await engine.journal.omissions(run.id).filter { $0.omission.class == .loss }.map(loss))
            node["open_steps"] = .array(
                try await engine.journal.openSteps(run.id).map { .string($0.intent.kind) })
            if showsSteps { node["steps"] = .array(try await engine.journal.steps(run.id).map(step)) }
            node["events"] = .array(
                try await engine.journal.events(run.id).map {
                    .string("\($0.at.text.prefix(19)) \($0.kind): \($0.text)")
                })
            return node
        }
    }

    private static func loss(_ recorded: RecordedOmission) -> JSONNode {
        let omission = recorded.omission
        return .string(
            "\(omission.id)\(recorded.isAccepted ? " (accepted)" : ""): \(omission.item): \(omission.reason); "
                + omission.remedy)
    }

    private static func step(_ step: StepRecord) -> JSONNode {
        let outcome =
            switch step.outcome {
            case nil: "no outcome"
            case .done: "done"
            case .refused(let reason): "refused: \(reason)"
            case .unknown(let reason): "unknown: \(reason)"
            case .abandoned(let reason): "abandoned: \(reason)"
            }
        let marker = step.intent.marker.map { " \($0)" } ?? ""
        return .string("\(step.intendedAt.text.prefix(19)) \(step.intent.kind)\(marker): \(outcome)")
    }
}
