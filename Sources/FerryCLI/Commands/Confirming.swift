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
        world.terminal.err(
            "\(open.count.counted("loss", "losses")) stay behind, as listed above. Go on? [y/N] ")
        let answer = readLine(strippingNewline: true)?.lowercased() ?? ""
        return answer == "y" || answer == "yes"
    }
}

extension World {
    var outputStyle: Report.TextStyle { .init(width: terminal.width, isColoured: terminal.colorsOutput) }
    var errorStyle: Report.TextStyle { .init(width: terminal.width, isColoured: terminal.colorsError) }
}
