public import AgentFile
import Glibc
import LettaModel

/// What became of an agent file that was mended.
public struct MendReport: Sendable {
    public let path: String
    public let output: String
    /// In the order of the file; at most `LintReport.kept` of each rule.
    public private(set) var changes: [MendChange] = []
    /// How many of each rule, also of those that are not kept.
    public private(set) var counts: [String: Int] = [:]
    public fileprivate(set) var rows = 0
    public fileprivate(set) var bytes = 0
    /// What a look at the new file finds: what ferry refuses to guess.
    public fileprivate(set) var left: LintReport

    public var changed: Int { counts.values.reduce(0, +) }

    fileprivate init(path: String, output: String, version: String) {
        self.path = path
        self.output = output
        left = LintReport(path: output, version: version)
    }

    /// What was changed first; places of a file in between are told as those
    /// of the file that was read.
    fileprivate func preceded(by first: LegacyChanges) -> MendReport {
        var report = MendReport(path: path, output: output, version: left.version)
        (report.rows, report.bytes, report.left) = (rows, bytes, left)
        for change in first.changes { report.add(change) }
        report.changes += changes.map { $0.standing(at: first.path($0.path)) }
        report.counts.merge(counts) { $0 + $1 }
        return report
    }

    fileprivate mutating func add(_ change: MendChange) {
        let count = counts[change.rule.id, default: 0] + 1
        counts[change.rule.id] = count
        if count <= LintReport.kept { changes.append(change) }
    }
}

extension Engine {
    /// Writes a file anew with everything mended that can be told from the
    /// file itself, and looks at the result. The file is never changed; the
    /// new one appears when it is complete.
    ///
    /// - Parameters:
    ///   - output: must not exist.
    ///   - pairs: nil leaves calls and returns as they are.
    /// **Bounds**: one element of the file's lists, the names in it, the rows
    /// in context, what is in no list.
    /// **Errors**: `file-exists`, `agent-file-unreadable`, `agent-file-legacy`,
    /// `file-unreadable`, `file-unwritable`, `disk-full`.
    public static func mend(
        _ path: String, to output: String, pairs: ToolPairs? = nil, for rules: FileRules = .v0_16_8
    ) async throws -> MendReport {
        let target = try await rules.target()
        return try newFile(output) { file, temporary in
            try mend(path, calling: path, pairs, target, into: file, temporary, output: output)
        }
    }

    /// Writes a file of the form before version 2 anew as version 2, and
    /// mends that. The file is never changed.
    ///
    /// **Bounds**: as `mend`, and the agent with its blocks and tools.
    /// **Errors**: as `mend`; `agent-file-unreadable` for what is version 2.
    public static func convert(
        _ path: String, to output: String, pairs: ToolPairs? = nil, for rules: FileRules = .v0_16_8
    ) async throws -> MendReport {
        let target = try await rules.target()
        return try newFile(output) { file, temporary in
            // It holds whatever secrets the old form has.
            let between = try NamelessFile(beside: output)
            var converter = LegacyConverter(name: path, target: target) { try between.write($0) }
            try FileChunks(path).forEach { try converter.feed($0) }
            let changes = try converter.finish()
            try between.flush()
            return try mend(
                between.path, calling: path, pairs, target, into: file, temporary, output: output
            ).preceded(by: changes)
        }
    }

    /// Makes a file beside the place where it will appear. Only what was made
    /// here is removed when it fails.
    static func newFile<Result>(
        _ output: String, _ body: (_ file: PrivateFileWriter, _ temporary: String) throws -> Result
    ) throws -> Result {
        guard !PrivateFile.exists(output) else { throw PrivateFile.exists(failing: output) }
        let temporary = "\(output).new-\(getpid())"
        let file = try PrivateFileWriter(creating: temporary, meaning: output)
        defer { PrivateFile.remove(temporary) }
        let result = try body(file, temporary)
        try PrivateFile.publish(temporary, as: output)
        return result
    }

    /// - Parameter name: of the file that the user gave, for reports and failures.
    private static func mend(
        _ path: String, calling name: String, _ pairs: ToolPairs?, _ target: LintTarget,
        into file: PrivateFileWriter, _ temporary: String, output: String
    ) throws -> MendReport {
        var report = MendReport(path: name, output: output, version: target.version)
        let plan = try mendPlan(path, calling: name, pairs, target)
        var writer = MendWriter(name: name, plan: plan, target: target) { try file.write($0) }
        try FileChunks(path).forEach { try writer.feed($0) { report.add($0) } }
        report.rows = try writer.finish { report.add($0) }
        try file.finish()
        report.bytes = file.byteCount
        report.left = try lint(temporary, target, calling: output)
        return report
    }

    private static func mendPlan(
        _ path: String, calling name: String, _ pairs: ToolPairs?, _ target: LintTarget
    ) throws -> MendPlan {
        var shell = ShellLint(name: name, target: target)
        try FileChunks(path).forEach { try shell.feed($0) { try refuse($0, name) } }
        let facts = try shell.finish { try refuse($0, name) }
        guard !facts.isLegacy else { throw legacy(name) }
        return try MendPlan.made(of: name, facts, pairs) { try FileChunks(path).forEach($0) }
    }

    private static func refuse(_ finding: LintFinding, _ path: String) throws {
        if let failure = finding.refusal(of: path) { throw failure }
    }

    private static func legacy(_ path: String) -> Failure {
        Failure(
            .agentFileLegacy, subject: path,
            reason: "the file has the form before version 2, which servers after 0.11.7 refuse",
            remedy: "ferry convert \(ShellWord.quoted(path)) -o NEW.af")
    }
}
