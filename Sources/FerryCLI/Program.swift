import HTTP
import LettaModel
import Migration
import Plan
import Report
import Workers

/// Words -> exit code. Every error ends here as text or JSON on stderr.
enum Program {
    static func run(_ words: [String]) async -> ExitCode {
        let parser = ArgumentParser(commands: CommandTable.all, globals: GlobalOptions.flags)
        let environment = World.processEnvironment()
        // An error of the command line itself is told in the form asked for.
        var world = World(environment: environment, options: GlobalOptions(before: words))
        do {
            switch try parser.parse(words) {
            case .version: world.terminal.out("ferry \(Version.number)\n")
            case .help(nil): world.terminal.out(HelpText.overview(CommandTable.all))
            case .help(let spec?): world.terminal.out(HelpText.page(spec))
            case .run(let invocation):
                world = World(environment: environment, options: GlobalOptions(invocation))
                return try await Interrupts.cancelling { [world] in
                    try await invocation.command.run(invocation, world)
                }
            }
            return .clean
        } catch {
            return report(error, world)
        }
    }

    /// Says on stderr what happened, as text or JSON.
    static func report(_ error: any Error, _ world: World) -> ExitCode {
        if let refused = error as? PlanRefused {
            for refusal in refused.plan.refusals { show(refusal, world) }
            return refused.plan.refusals.first.map { ExitCode($0) } ?? .refused
        }
        if let refused = error as? WorkersRefused {
            for refusal in refused.plan.refusals { show(refusal, world) }
            return refused.plan.refusals.first.map { ExitCode($0) } ?? .refused
        }
        let failure = failure(of: error)
        show(failure, world)
        return ExitCode(failure)
    }

    private static func show(_ failure: Failure, _ world: World) {
        world.terminal.err(
            world.options.isJSON
                ? FailureText.json(failure)
                : FailureText.plain(
                    failure, isVerbose: world.options.isVerbose, color: world.terminal.colorsError))
    }

    private static func failure(of error: any Error) -> Failure {
        if let failure = error as? Failure { return failure }
        if error is CancellationError || (error as? HTTPError)?.code == .cancelled {
            return Failure(
                .interrupted, subject: "ferry", reason: "interrupted by a signal",
                remedy: "run the command again; one that is a run goes on where it was with: ferry resume")
        }
        return Failure(
            .internal, subject: "ferry", reason: "\(error)",
            remedy: "please report this, with the output of -v")
    }
}
