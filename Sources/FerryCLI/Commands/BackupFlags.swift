import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import Migration
import Snapshot
import Verify

/// `ferry snapshot --all`: what it means, and what it prints.
enum BackupFlags {
    /// Nil for the snapshot of one agent.
    static func order(_ invocation: Invocation) throws -> BackupOrder? {
        guard invocation.has("all") else {
            guard invocation.argument(0) != nil else { throw UsageError.missingAgent(invocation.command) }
            for flag in ["into", "keep"] where invocation.has(flag) {
                throw UsageError.badValue(
                    flag, invocation.value(flag) ?? "", "belongs to --all",
                    "name the file of one agent with -o FILE, or leave out AGENT and write --all")
            }
            return nil
        }
        if let agent = invocation.argument(0) {
            throw UsageError.contradiction("--all with \(agent)", "leave one of them out")
        }
        if invocation.has("output") {
            throw UsageError.contradiction("--all with -o", "name a folder with --into")
        }
        guard let folder = invocation.value("into") else {
            throw UsageError.contradiction("--all without --into", "name the folder: --into DIR")
        }
        return BackupOrder(
            store: BackupStore(AbsolutePath.of(folder)), keep: try keep(invocation),
            options: LoadFlags.options(invocation))
    }

    static func keep(_ invocation: Invocation) throws -> Int? {
        guard let text = invocation.value("keep") else { return nil }
        guard let number = Int(text), number >= 1 else {
            throw UsageError.badValue("keep", text, "is no number from 1 on", "write --keep 14")
        }
        return number
    }

    static func run(_ order: BackupOrder, _ invocation: Invocation, _ world: World) async throws -> ExitCode {
        let printer = ProgressPrinter(world)
        let source = try ServerResolver(world: world, progress: printer).source(
            invocation.value("from"), canWrite: true)
        let results = try await Session.with(world, printer) { try await $0.backup(from: source, order) }
        return BackupReport(results: results, store: order.store, from: source.address.name).present(world)
    }
}

/// What came of a backup of many agents.
struct BackupReport {
    let results: [AgentBackup]
    let store: BackupStore
    let from: String
    var drill: Drill?

    enum Drill {
        case done(DrillResult)
        case failed(Failure)
    }

    var failures: [Failure] {
        guard case .failed(let failure) = drill else { return results.compactMap(\.failure) }
        return results.compactMap(\.failure) + [failure]
    }

    /// That of the first agent that failed.
    var exitCode: ExitCode {
        if let failure = failures.first { return ExitCode(failure) }
        if case .done(let result) = drill, !result.isProved { return .findings }
        return .clean
    }

    /// Another one each day, so that each has its turn.
    func drillable(on day: Instant) -> String? {
        let paths = results.compactMap { result -> String? in
            if case .sound(let integrity) = result.outcome { integrity.path } else { nil }
        }
        guard !paths.isEmpty else { return nil }
        return paths[Int(day.microseconds / 86_400_000_000) % paths.count]
    }

    func present(_ world: World) -> ExitCode {
        if world.options.isJSON {
            world.terminal.out(json.text() + "\n")
        } else {
            world.terminal.out(text)
            for failure in failures {
                world.terminal.err(
                    FailureText.plain(
                        failure, isVerbose: world.options.isVerbose, color: world.terminal.colorsError))
            }
        }
        return exitCode
    }

    /// One line for each agent, and one for all.
    var text: String {
        let lines = results.flatMap { result -> [String] in
            let name = Printable.escaped(result.name)
            switch result.outcome {
            case .sound(let integrity):
                return ["\(name): \(IntegrityReport.sentence(integrity))"] + result.notes.map { "  \($0)" }
            case .failed(let failure):
                return ["\(name): not saved: \(Printable.escaped(failure.reason)) [\(failure.code.rawValue)]"]
            }
        }
        return (lines + [drillSentence, sentence].compactMap(\.self)).map { $0 + "\n" }.joined()
    }

    /// `3 of 3 agents of home saved in /srv/backups`.
    var sentence: String {
        let saved = results.count { $0.failure == nil }
        return "\(saved.grouped) of \(results.count.counted("agent")) of \(from) saved in \(store.path)"
    }

    private var drillSentence: String? {
        switch drill {
        case .done(let result) where !result.left.isEmpty:
            "drill: \(result.left.count.counted("thing")) of run \(result.run) could not be removed: ferry undo \(result.run)"
        case .done(let result):
            "drill: \(result.snapshot) restored and removed again: \(result.verdict?.sentence ?? "not compared")"
        case .failed(let failure): "drill: failed: \(failure.reason) [\(failure.code.rawValue)]"
        case nil: nil
        }
    }

    private var drillJSON: JSONNode {
        guard let drill, let drillSentence else { return .null }
        var node: JSONNode = ["sentence": .string(drillSentence), "is_proved": .bool(false)]
        if case .done(let result) = drill {
            node["is_proved"] = .bool(result.isProved)
            node["run"] = .string(result.run.description)
            node["snapshot"] = .string(result.snapshot)
        }
        return node
    }

    var json: JSONNode {
        [
            "schema": "ferry.backup/1", "from": .string(from), "into": .string(store.path),
            "finished_at": .string(Instant.now().text), "agents": .array(results.map(Self.json)),
            "drill": drillJSON, "sentence": .string(sentence),
        ]
    }

    private static func json(_ result: AgentBackup) -> JSONNode {
        var node: JSONNode = ["agent": .string(result.name), "agent_id": .string(result.id)]
        switch result.outcome {
        case .sound(let integrity): node["snapshot"] = IntegrityReport.json(integrity)
        case .failed(let failure):
            node["error"] = FailureText.node(failure)
        }
        node["removed"] = .array(result.removed.map { .string($0) })
        node["notes"] = .array(result.notes.map { .string($0) })
        return node
    }
}
