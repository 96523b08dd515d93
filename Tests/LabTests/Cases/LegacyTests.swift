import AgentFile
import LosslessJSON
import Migration
import Testing

extension FilesOnRealServers {
    /// Files of before version 2: refused as they are, taken, read and
    /// chatted with when they are converted.
    @Suite(.serialized) struct LegacyTests {
        @Test(.timeLimit(.minutes(5)), arguments: LegacyFile.all)
        func `a converted file is taken, read and chatted with`(_ file: LegacyFile) async throws {
            let word = Lab.unique()
            let models = try await RuleFile.Models.listed(by: Lab.target)
            let old = Array(file.text(word, models).utf8)
            #expect(try await RuleTrial.of(old, word, on: Lab.target).imported == 400)
            let folder = try Files.folder()
            defer { Files.removeTree(folder) }
            try Files.write(old, to: "\(folder)/old.af")
            let report = try await Engine.convert(
                "\(folder)/old.af", to: "\(folder)/new.af", pairs: .close)
            #expect(!report.left.hasErrors, "\(report.left.counts)")
            let new = try Files.read("\(folder)/new.af")
            let root = try JSONDocument(new).root
            #expect(root["agents"]?[0]?["messages"]?.count == file.rows)
            #expect(root["tools"]?.count == file.tools)
            #expect(!String(decoding: new, as: UTF8.self).contains(LegacyFile.secret))
            #expect(!report.changes.contains { ($0.before + $0.after).contains(LegacyFile.secret) })
            let trial = try await RuleTrial.of(new, word, on: Lab.target)
            #expect(trial.reaction == "fine", "\(trial)")
        }
    }
}
