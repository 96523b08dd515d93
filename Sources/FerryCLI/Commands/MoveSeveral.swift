import Home
import Journal
import LettaModel
import LosslessJSON
import Migration
import Plan
import Report
import Verify

/// Several agents of one `ferry move`: a run for each, in the order in which
/// they were named, so that a later one finds what it shares with an earlier.
struct MoveSeveral {
    let world: World
    let command: String
    let order: LoadOrder
    let source: any Home<SourceSide>
    let target: any Home<TargetSide>
    /// The same command for one agent, by its id.
    let again: @Sendable (String) -> String

    /// What came of one of them.
    struct Line: Sendable {
        enum State: String, Sendable { case moved, different, failed, notBegun = "not-begun" }

        let name: String
        let id: String
        var state = State.notBegun
        var run: String?
        var code: ExitCode?
        /// The verdict's sentence, or the error's.
        var words = ""
        var next: [String] = []
    }

    /// **Errors**: those of `AgentFinder` for a name that is unknown or means
    /// several, before anything is written.
    func run(_ names: [String]) async throws -> ExitCode {
        let agents = try await found(names)
        var lines = agents.map { Line(name: $0.name, id: $0.id.raw) }
        for index in lines.indices {
            var order = order
            order.following = Set(lines[(index + 1)...].map(\.id))
            await move(&lines[index], order)
            if let code = lines[index].code, Self.isLasting(code) { break }
        }
        for index in lines.indices where lines[index].state == .notBegun {
            lines[index].next = [again(lines[index].id)]
        }
        let code = Self.worst(lines)
        show(lines, code)
        return code
    }

    private func found(_ names: [String]) async throws -> [AgentState<SourceSide>] {
        var agents: [AgentState<SourceSide>] = []
        for name in names {
            let agent = try await AgentFinder(source).find(name)
            guard !agents.contains(where: { $0.id == agent.id }) else {
                throw Failure(
                    .usage, subject: name, reason: "\(agent.name) (\(agent.id)) is named twice",
                    remedy: "name each agent once")
            }
            agents.append(agent)
        }
        return agents
    }

    private func move(_ line: inout Line, _ order: LoadOrder) async {
        let printer = ProgressPrinter(world)
        let id = line.id
        let before = Set(await runs(printer).map(\.id))
        do {
            let result = try await Session.with(world, printer) { engine in
                try await engine.move(id, from: source, to: target, snapshotAt: nil, order)
            }
            let code = try RunPresenter(
                world: world, command: command, choices: order.choices, stages: printer.stages.stages()
            ).present(result, isPartOfMany: true)
            let stale = await WorkersStale.after(result.run, named: order.workers, target, world, printer)
            stale.show(world)
            line.code = stale.code(code)
            line.run = result.run.id.description
            line.words = result.verdict?.sentence ?? ""
            line.state = code == .findings ? .different : .moved
            if code == .findings {
                line.next = ["ferry show \(result.run.id)", "ferry resume \(result.run.id)"]
            }
        } catch {
            line.code = Program.report(error, world)
            line.state = .failed
            let refusal = (error as? PlanRefused)?.plan.refusals.first
            line.words = (refusal ?? error as? Failure)?.reason ?? "see above"
            let run = await runs(printer).first { !before.contains($0.id) && $0.draft.agentID == id }
            line.run = run?.id.description
            line.next = [run.map { "ferry resume \($0.id)" } ?? again(id)]
        }
    }

    private func runs(_ printer: ProgressPrinter) async -> [RunRecord] {
        (try? await Session.with(world, printer) { try await $0.journal.runs() }) ?? []
    }

    /// The next agent would meet the same.
    private static func isLasting(_ code: ExitCode) -> Bool {
        [.interrupted, .sourceFailed, .targetFailed, .internalError].contains(code)
    }

    /// What went wrong before what was only lost.
    private static func worst(_ lines: [Line]) -> ExitCode {
        let order: [ExitCode] = [
            .interrupted, .internalError, .sourceFailed, .targetFailed, .notUnderstood, .incomplete, .refused,
            .usage, .findings, .losses,
        ]
        let codes = lines.compactMap(\.code)
        return order.first(where: codes.contains) ?? .clean
    }

    // MARK: The summary

    private func show(_ lines: [Line], _ code: ExitCode) {
        world.terminal.out(
            world.options.isJSON ? Self.json(lines, code).text() + "\n" : Self.text(lines))
    }

    static func sentence(_ lines: [Line]) -> String {
        let counts = [Line.State.moved, .different, .failed, .notBegun].compactMap { state -> String? in
            let count = lines.count { $0.state == state }
            let word = state == .notBegun ? "not begun" : state.rawValue
            return count == 0 ? nil : "\(count.grouped) \(word)"
        }
        return "\(lines.count.counted("agent")): \(counts.joined(separator: ", "))"
    }

    static func text(_ lines: [Line]) -> String {
        let rows = lines.map { line in
            [
                line.name, line.state == .notBegun ? "not begun" : line.state.rawValue,
                line.run.map { "run \($0)" } ?? "no run", line.words,
            ]
        }
        let next = lines.flatMap { line in line.next.map { "next  \(Printable.escaped($0))\n" } }
        return "\n" + Columns.render(rows) + next.joined() + sentence(lines) + "\n"
    }

    static func json(_ lines: [Line], _ code: ExitCode) -> JSONNode {
        [
            "schema": "ferry.moves/1", "summary": .string(sentence(lines)),
            "exit": .number("\(code.rawValue)"),
            "agents": .array(
                lines.map { line in
                    [
                        "name": .string(line.name), "id": .string(line.id),
                        "state": .string(line.state.rawValue), "run": line.run.map { .string($0) } ?? .null,
                        "exit": line.code.map { .number("\($0.rawValue)") } ?? .null,
                        "verdict": .string(line.words),
                        "next": .array(line.next.map { .string($0) }),
                    ]
                }),
        ]
    }
}
