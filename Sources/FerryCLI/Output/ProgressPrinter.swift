import HTTP
import LettaModel
import LosslessJSON
import Migration
import Synchronization

/// Progress on stderr: one moving line on a terminal, plain lines elsewhere,
/// JSON lines with `--json`, nothing with `--quiet`.
final class ProgressPrinter: Sendable {
    private let terminal: Terminal
    private let options: GlobalOptions
    private let now: @Sendable () -> Double
    private let state = Mutex(State())
    let stages: StageClock

    private struct State {
        /// A moving line stands on the screen and must be cleared first.
        var hasLine = false
        var lastAt: Double = 0
        var totals: [String: Int] = [:]
    }

    init(_ world: World) {
        terminal = world.terminal
        options = world.options
        now = { world.now() }
        stages = StageClock { world.now() }
    }

    func callAsFunction(_ event: ProgressEvent) {
        if case .stage(let name) = event { stages.begin(name) }
        guard !options.isQuiet else { return }
        if options.isJSON { return terminal.err(Self.json(event).text() + "\n") }
        state.withLock { state in
            switch event {
            case .stage(let name): line(stageText(name), &state)
            case .note(let text): line("  \(Printable.escaped(text))", &state)
            case .counted(let what, let done, let total): count(what, done, total, &state)
            }
        }
    }

    /// With `-v`: one line a request, without secrets.
    func show(_ record: ExchangeRecord, at server: String) {
        stages.count(record)
        guard options.isVerbose, !options.isJSON else { return }
        let status =
            switch record.outcome {
            case .complete: record.status.map(String.init) ?? "no status"
            case .failed(let code): code.rawValue
            case .dropped: "dropped"
            }
        let seconds = Measures.duration(
            seconds: Double(record.duration.components.attoseconds) / 1e18
                + Double(record.duration.components.seconds))
        let text =
            "    \(server) \(record.method.rawValue) \(record.path): \(status), \(Measures.bytes(record.received)), \(seconds)"
        state.withLock { line(Printable.escaped(text), &$0) }
    }

    func show(_ notice: RetryNotice, at server: String) {
        guard !options.isQuiet else { return }
        let wait = Measures.duration(
            seconds: Double(notice.delay.components.attoseconds) / 1e18
                + Double(notice.delay.components.seconds))
        self(
            .note(
                "\(server): \(notice.request.method.rawValue) \(notice.request.shownPath) did not go through; "
                    + "trying again in \(wait)"
            ))
    }

    /// Ends a moving line, so that what follows begins on its own.
    func finish() {
        state.withLock { state in
            if state.hasLine { terminal.err("\n") }
            state.hasLine = false
        }
    }

    private func stageText(_ name: String) -> String {
        terminal.colorsError ? "\u{1b}[1m\(name)\u{1b}[0m" : name
    }

    private func line(_ text: String, _ state: inout State) {
        if state.hasLine { terminal.clearLine() }
        terminal.err(text + "\n")
        state.hasLine = false
    }

    private func count(_ what: String, _ done: Int, _ total: Int?, _ state: inout State) {
        let isLast = done == total
        let time = now()
        guard isLast || time - state.lastAt > (terminal.isErrorTTY ? 0.1 : 5) else { return }
        state.lastAt = time
        let text = "  \(what): \(done.grouped)" + (total.map { " of \($0.grouped)" } ?? "")
        guard terminal.isErrorTTY else { return line(text, &state) }
        terminal.clearLine()
        terminal.err(text + (isLast ? "\n" : ""))
        state.hasLine = !isLast
    }

    /// `ferry.progress/1`.
    private static func json(_ event: ProgressEvent) -> JSONNode {
        var node: JSONNode = ["schema": "ferry.progress/1"]
        switch event {
        case .stage(let name):
            node["type"] = "stage"
            node["stage"] = .string(name)
        case .note(let text):
            node["type"] = "note"
            node["text"] = .string(text)
        case .counted(let what, let done, let total):
            node["type"] = "count"
            node["unit"] = .string(what)
            node["done"] = .number("\(done)")
            node["total"] = total.map { .number("\($0)") } ?? .null
        }
        return node
    }
}
