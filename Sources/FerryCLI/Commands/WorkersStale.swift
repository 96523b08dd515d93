import Home
import Journal
import LettaModel
import LosslessJSON
import Workers

/// Workers that a move of their agent has left behind.
struct WorkersStale {
    var lines: [String] = []
    /// At a server that is not called as the source is, or not to be looked at.
    var doubts: [String] = []

    func show(_ world: World) {
        for text in lines + doubts {
            let node: JSONNode = ["schema": "ferry.progress/1", "type": "note", "text": .string(text)]
            world.terminal.err(
                world.options.isJSON ? node.text() + "\n" : "ferry: \(Printable.escaped(text))\n")
        }
    }

    /// A worker that still speaks to the old agent is a finding of the move.
    func code(_ code: ExitCode) -> ExitCode { code == .clean && !lines.isEmpty ? .findings : code }

    // MARK: Looking

    /// Trees that were named, and those that were inspected before. A look
    /// that fails now takes nothing from what the move has come to.
    ///
    /// **Effects**: remembered trees that are gone are said to be, once, and
    /// forgotten.
    static func after(
        _ run: RunRecord, named: [String], _ target: any Home<TargetSide>, _ world: World,
        _ printer: ProgressPrinter
    ) async -> WorkersStale {
        var stale = WorkersStale()
        let named = named.map { WorkersFlags.place($0) }
        let remembered = stale.remembered(world).filter { !named.contains($0) }
        for path in named + remembered { await stale.look(path, run, target, world, printer) }
        return stale
    }

    private mutating func remembered(_ world: World) -> [String] {
        do {
            let memory = try WorkersMemory(world)
            let trees = try memory.trees()
            let gone = trees.filter { !WorkersMemory.isThere($0) }
            doubts += gone.map { "\($0), inspected before, is no longer there: it was not looked at" }
            try memory.forget(gone)
            return trees.filter { !gone.contains($0) }
        } catch {
            doubts.append("trees inspected before were not looked at: \(Self.words(error))")
            return []
        }
    }

    private mutating func look(
        _ path: String, _ run: RunRecord, _ target: any Home<TargetSide>, _ world: World,
        _ printer: ProgressPrinter
    ) async {
        do {
            add(try await WorkersWhoCommand.look([path], target, world, printer), run)
        } catch {
            doubts.append(
                "\(path) could not be looked at (\(Self.words(error))): "
                    + "ferry workers who \(path) --at \(target.address.name)")
        }
    }

    private static func words(_ error: any Error) -> String { (error as? Failure)?.reason ?? "\(error)" }

    /// Those that still speak to a run's old agent, a line each. The agent's
    /// id at another URL is named as well: that may be the old server's other
    /// name, or a copy of it, which nobody can tell from here.
    private mutating func add(_ found: [(place: String, who: WorkersWho)], _ run: RunRecord) {
        guard let agent = run.draft.agentID, let source = run.draft.source else { return }
        for (place, who) in found where who.agent == agent && !who.isRetired {
            if who.speaks(toServer: source.url) {
                lines.append("\(place): \(WorkersText.line(who))")
            } else {
                doubts.append(
                    "\(place): \(who.kind) speaks to \(agent) at \(who.server ?? "no server"): "
                        + "is that \(source.name)?")
            }
        }
    }
}
