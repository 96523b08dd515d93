import Journal
import LettaModel
import LosslessJSON
import Migration
import Plan
import Report
import Verify

/// What came of a run -> stdout, the exit code, and the report files in the
/// run's folder.
struct RunPresenter {
    let world: World
    let command: String
    let choices: Choices
    var stages: [RunSummary.StageTiming] = []

    /// - Parameter isPartOfMany: JSON on stdout is then one value that tells of
    ///   all runs; the report files are written all the same.
    func present(_ result: RunResult, isPartOfMany: Bool = false) throws -> ExitCode {
        guard result.verdict != nil else { return captured(result.run) }
        let code = Self.exitCode(result)
        var summary = summary(result, code)
        let report = Report(run: summary)
        let files = try write(report, to: result.run.folder)
        summary.files += files
        let shown = Report(run: summary)
        if isPartOfMany, world.options.isJSON { return code }
        world.terminal.out(world.options.isJSON ? shown.json.text() + "\n" : shown.text(world.outputStyle))
        return code
    }

    /// A capture compares nothing with a target, so there is no verdict.
    private func captured(_ run: RunRecord) -> ExitCode {
        world.terminal.out(world.options.isJSON ? RunJSON.of(run).text() + "\n" : (run.verdict ?? "") + "\n")
        return .clean
    }

    static func exitCode(_ result: RunResult) -> ExitCode {
        if let verdict = result.verdict, !verdict.isVerified { return .findings }
        return result.unaccepted.isEmpty ? .clean : .losses
    }

    private func summary(_ result: RunResult, _ code: ExitCode) -> RunSummary {
        let record = result.run
        return RunSummary(
            run: record.id.description, command: command, state: Self.state(result, code),
            exitCode: Int(code.rawValue),
            startedAt: record.createdAt, finishedAt: record.endedAt ?? record.updatedAt,
            agentName: result.plan?.agentName ?? record.draft.agentName ?? "", agentID: result.agent?.raw,
            from: record.draft.source.map(Self.sentence) ?? record.draft.snapshotPath ?? "",
            to: record.draft.target.map(Self.sentence) ?? record.draft.snapshotPath ?? "", choices: choices,
            plan: result.plan, verdict: result.verdict, stages: stages,
            files: record.draft.snapshotPath.map { [.init(what: "snapshot", path: $0)] } ?? [],
            next: Self.next(result, code))
    }

    private static func state(_ result: RunResult, _ code: ExitCode) -> RunSummary.State {
        switch code {
        case .clean: .verified
        case .losses: .losses
        default: .different
        }
    }

    private static func sentence(_ address: RunAddress) -> String {
        ServerFacts(
            name: address.name, url: address.url, project: address.project, version: address.version ?? ""
        ).sentence
    }

    private static func next(_ result: RunResult, _ code: ExitCode) -> [String] {
        switch code {
        case .clean: []
        case .losses: ["ferry show \(result.run.id)"]
        default: different(result.run)
        }
    }

    /// A load that came out different left its agent on the target, to be
    /// looked at, mended or taken back.
    private static func different(_ run: RunRecord) -> [String] {
        guard run.draft.job == "move" || run.draft.job == "load" else {
            return ["ferry show \(run.id)"]
        }
        return ["ferry show \(run.id)", "ferry resume \(run.id)", "ferry undo \(run.id)"]
    }

    /// Text, Markdown, HTML and JSON, each 0600.
    private func write(_ report: Report, to folder: String) throws -> [RunSummary.FileNote] {
        let forms = [
            ("report.txt", report.text()), ("report.md", report.markdown()), ("report.html", report.html()),
            ("report.json", report.json.text() + "\n"),
        ]
        for (name, text) in forms { try PrivateFile.write(Array(text.utf8), to: "\(folder)/\(name)") }
        return [.init(what: "report", path: "\(folder)/report.html")]
    }
}
