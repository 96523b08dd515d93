import LettaModel
import Plan
import Report

/// Shows the plan before the first write, and asks where there is something
/// to decide and somebody to ask.
struct Confirming: Sendable {
    let world: World
    let choices: Choices
    let asks: Bool

    @Sendable func callAsFunction(_ plan: PlanResult) async throws -> Bool {
        if !world.options.isQuiet && !world.options.isJSON {
            world.terminal.err(Report(plan: plan, choices: choices).text(world.errorStyle) + "\n")
        }
        let open = plan.fidelity.unaccepted(choices)
        guard asks, !open.isEmpty else { return true }
        return try Question.ask(Self.question(open), world)
    }

    /// Named again: the plan may have scrolled away.
    private static func question(_ losses: [Omission]) -> String {
        let shown = losses.prefix(5).map { "  \(Printable.escaped($0.item))\n" }.joined()
        let rest = losses.count > 5 ? "  and \(losses.count - 5) more, listed above\n" : ""
        return "\(losses.count.counted("loss", "losses")):\n\(shown)\(rest)Go on without? [y/N] "
    }
}

extension World {
    var outputStyle: Report.TextStyle { .init(width: terminal.width, isColoured: terminal.colorsOutput) }
    var errorStyle: Report.TextStyle { .init(width: terminal.width, isColoured: terminal.colorsError) }
}
