import AgentFile
import Glibc
import LettaModel
import LosslessJSON
import Migration
import Testing

extension FilesOnRealServers {
    /// What the table of rules says of a server is what the server does, and
    /// what is mended is taken, read and chatted with.
    @Suite(.serialized) struct RuleTests {
        /// Rules that no file can break, with the reason.
        private static let untried: [String: String] = [
            "agent-type": "a choice of the user's, not a fault of the file",
            "compaction-model": "speaks of a model that `--model` replaces",
            "block-order": "a file says nothing of the order that the agent had",
            "endpoint-of-source": "every file that a server wrote; the good one here has it",
            "in-context-ambiguous": "comes with `message-id-twice`, which is tried",
        ]

        /// Files whose reaction differs from what their rule says in general,
        /// as the rule's own words have it.
        private static let other: [String: String] = [
            #"nul-character: "name": "T\u0000m""#: "orphan",
            #"lone-surrogate: "name": "T\ud800m""#: "orphan",
            #"nul-in-shell: "value": "\u0000I am"#: "fine",
            #"nul-in-shell: "description": "Looks\u0000.""#: "refused",
            #"number-range: "metadata": {"k": 1e400}, "tags""#: "orphan",
            #"surrogate-in-shell: "metadata": {"k": "\ud800"}, "tags""#: "poison",
        ]

        @Test func `every rule is tried, or it is said why not`() {
            let rules = Set((Rule.table + Rule.lintTable).map(\.id))
            let tried = Set(RuleFile.all.map(\.rule))
            #expect(rules.subtracting(tried) == Set(Self.untried.keys))
            #expect(tried.subtracting(rules) == [])
        }

        @Test(.timeLimit(.minutes(5)))
        func `the good file is clean, and the server takes, reads and answers`() async throws {
            let word = Lab.unique()
            let models = try await RuleFile.Models.listed(by: Lab.target)
            let text = RuleFile.good(word, models)
            let report = try await Self.linted(Array(text.utf8))
            #expect(report.findings.filter { $0.severity != .note }.map(\.rule.id) == [])
            let trial = try await RuleTrial.of(Array(text.utf8), word, on: Lab.target)
            #expect(trial.reaction == "fine", "\(trial)")
        }

        @Test(.timeLimit(.minutes(5)), arguments: RuleFile.all)
        func `lint's verdict is what the server does, and what mend writes is taken`(_ file: RuleFile)
            async throws
        {
            let word = Lab.unique()
            let models = try await RuleFile.Models.listed(by: Lab.target)
            let text = try #require(file.text(word, models), "nothing was changed")
            let report = try await Self.linted(Array(text.utf8))
            let finding = try #require(
                report.findings.first { $0.rule.id == file.rule }, "\(report.findings.map(\.rule.id))")
            let trial = try await RuleTrial.of(
                Array(text.utf8), word, form: file.form, holding: file.lost, on: Lab.target)
            #expect(trial.reaction == Self.expected(finding, file), "\(trial)")
            if file.form.isEmpty, finding.rule.scope != .pair {
                #expect(!report.hasErrors == (trial.reaction == "fine"), "\(trial)")
            }
            try await Self.mend(file, text, word, finding)
        }

        private static func expected(_ finding: LintFinding, _ file: RuleFile) -> String {
            if let other = other["\(file.rule): \(file.new)"] { return other }
            // Taken, and what stood first is gone: silent, and an error.
            if file.lost != nil { return "lost" }
            if file.rule == "secrets-half", !file.form.isEmpty { return "orphan" }
            if finding.rule.scope == .pair, finding.rule.reaction == .silent { return "poison" }
            switch finding.rule.reaction {
            case .refused: return "refused"
            case .orphan: return "orphan"
            case .poison: return "poison"
            case .silent, .taken: return "fine"
            }
        }

        /// Two ways for pairs, one for everything else.
        private static func mend(
            _ file: RuleFile, _ text: String, _ word: String, _ finding: LintFinding
        ) async throws {
            guard !["legacy-form", "key-twice"].contains(file.rule) else { return try await refused(text) }
            let isPair = finding.rule.scope == .pair && finding.rule.reaction == .silent
            // A call that gets an id of its own has no return any more.
            let ways: [ToolPairs?] = file.rule == "tool-call-id" ? [.drop] : [nil]
            for pairs in isPair ? ToolPairs.allCases.map(Optional.some) : ways {
                let folder = try Files.folder()
                defer { Files.removeTree(folder) }
                try Files.write(Array(text.utf8), to: "\(folder)/old.af")
                let mended = try await Engine.mend("\(folder)/old.af", to: "\(folder)/new.af", pairs: pairs)
                guard finding.isMended || isPair else {
                    #expect(mended.left.findings.contains { $0.rule.id == file.rule })
                    continue
                }
                #expect(mended.left.findings.filter { $0.severity != .note }.map(\.rule.id) == [])
                #expect(mended.counts[file.rule] != nil, "\(mended.counts)")
                let bytes = try Files.read("\(folder)/new.af")
                let trial = try await RuleTrial.of(bytes, word, form: file.form, on: Lab.target)
                #expect(trial.reaction == "fine", "\(trial)")
            }
        }

        /// What would have to be guessed as a whole is not written at all.
        private static func refused(_ text: String) async throws {
            let folder = try Files.folder()
            defer { Files.removeTree(folder) }
            try Files.write(Array(text.utf8), to: "\(folder)/old.af")
            await #expect(throws: Failure.self) {
                try await Engine.mend("\(folder)/old.af", to: "\(folder)/new.af")
            }
        }

        private static func linted(_ bytes: [UInt8]) async throws -> LintReport {
            let folder = try Files.folder()
            defer { Files.removeTree(folder) }
            try Files.write(bytes, to: "\(folder)/file.af")
            return try await Engine.lint("\(folder)/file.af")
        }
    }
}
