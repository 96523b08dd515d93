import LettaModel
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// A retired worker has no channel's token left, whoever reads its files.
@Suite(.serialized) struct RetiringTests {
    private func retiring(_ place: Site) -> WorkersOrder {
        var order = place.order
        order.retires = true
        return order
    }

    private func change(_ path: String, _ body: (String) -> String) throws {
        try Disk.write(path, body(String(decoding: try Disk.read(path), as: UTF8.self)))
    }

    private func live(_ place: Site) throws -> [String] {
        let found = try WorkerSurvey.of(place.tree.root, on: place.order.host)
        return found.workers.flatMap { worker in
            worker.settings.filter { Retirement.keys.contains($0.key) && $0.value?.isEmpty == false }.map {
                "\(worker.name) \($0.key)"
            }
        }
    }

    @Test(
        arguments: [
            ("'TELEGRAM_BOT_TOKEN'=", "exec"),
            ("export\tTELEGRAM_BOT_TOKEN=", "export TELEGRAM_BOT_TOKEN=701:live\nexec"),
            ("\t'TELEGRAM_BOT_TOKEN' =", "export \"TELEGRAM_BOT_TOKEN\"=701:live\nexec"),
        ] as [(String, String)])
    func `a key in any spelling is taken out, in the file that would count next too`(
        line: String, script: String
    ) async throws {
        let place = try Site.small()
        let env = place.tree.broca(place.agents[0]) + "/.env"
        try change(env) { $0.replacing("TELEGRAM_BOT_TOKEN=", with: line) }
        try change("\(place.tree.root)/agents/ada/start-broca.sh") { $0.replacing("exec", with: script) }
        let had = try live(place)
        #expect(had.contains("ada TELEGRAM_BOT_TOKEN"))
        let before = try Disk.read(env)
        let run = try await place.move(retiring(place)).run
        let left = try live(place)
        #expect(left.isEmpty, "\(left)")
        _ = try await place.with { try await $0.undo(run, $1.target) }
        #expect(try Disk.read(env) == before)
    }

    @Test(
        arguments: [
            ("compose.yml|services:\n  ada:\n    environment:\n      - TELEGRAM_BOT_TOKEN=7:LIVE", 4),
            ("compose.yaml|x:\n  TELEGRAM_BOT_TOKEN: \"7:LIVE\"", 2),
            ("ecosystem.config.js|module.exports = { env: { TELEGRAM_BOT_TOKEN: '7:LIVE' } };", 1),
            ("start.fish|set -x TELEGRAM_BOT_TOKEN 7:LIVE", 1),
            ("ada.conf|[program:ada]\nenvironment=A=\"1\",TELEGRAM_BOT_TOKEN=\"7:LIVE\"", 2),
            ("compose.yml|x:\n  - TELEGRAM_BOT_TOKEN\n  - TELEGRAM_BOT_TOKEN=${TELEGRAM_BOT_TOKEN}", nil),
            ("compose.yml|x:\n  # TELEGRAM_BOT_TOKEN: 7\n  TELEGRAM_BOT_TOKEN:\n", nil),
            ("ecosystem.config.js|a = { env: { TELEGRAM_BOT_TOKEN: process.env.TELEGRAM_BOT_TOKEN } };", nil),
            ("README.md|set TELEGRAM_BOT_TOKEN=7:LIVE", nil),
        ] as [(String, Int?)])
    func `a token in a file that no shell reads is refused before anything is silenced`(
        form: String, line: Int?
    ) async throws {
        let place = try Site.small()
        let parts = form.split(separator: "|", maxSplits: 1).map(String.init)
        try Disk.write("\(place.tree.root)/agents/ada/\(parts[0])", parts[1] + "\n")
        let refusals = try await place.plan(retiring(place)).refusals.map(\.subject)
        #expect(refusals == (line.map { ["TELEGRAM_BOT_TOKEN in agents/ada/\(parts[0]):\($0)"] } ?? []))
    }

    /// Starters that nobody reads as such, and files that they read.
    @Test(arguments: ["unit", "read"])
    func `a token in what only looks like a starter is taken out, or refused`(kind: String) async throws {
        let place = try Site.small()
        let folder = "\(place.tree.root)/agents/ada"
        let path: String
        if kind == "unit" {
            path = "\(folder)/ada.service"
            try Disk.write(
                path,
                "[Service]\nEnvironment=AGENT=x TELEGRAM_BOT_TOKEN=702:BBB\n"
                    + "ExecStart=/bin/bash -lc 'cd \(folder)/broca && python main.py'\n")
        } else {
            path = "\(folder)/ada.settings"
            try Disk.write(path, "export TELEGRAM_BOT_TOKEN=702:BBB\n")
            try change("\(folder)/start-broca.sh") { $0.replacing("exec", with: ". \(path)\nexec") }
        }
        let refused = try await place.plan(retiring(place)).refusals
        if refused.isEmpty {
            _ = try await place.move(retiring(place))
            #expect(!Retirement.isSet("TELEGRAM_BOT_TOKEN", in: try Disk.read(path)))
        } else {
            #expect(refused.allSatisfy { $0.code == .envValueRefused && $0.subject.contains("TELEGRAM_BOT") })
        }
    }

    @Test func `a token above the tree that a script hides is refused, and nothing is changed`() async throws
    {
        let place = try Site.small()
        let broca = place.tree.broca(place.agents[0])
        let text = String(decoding: try Disk.read(broca + "/.env"), as: UTF8.self)
        try Disk.write("\(place.tree.root)/agents/ada/.env", text)
        Disk.remove(broca + "/.env")
        try Disk.write(
            broca + "/start.sh",
            "#!/bin/sh\ncd \(broca)\nexport TELEGRAM_BOT_TOKEN=701:live WEB_CHAT_API_KEY=k\nexec python main.py\n"
        )
        var order = retiring(place)
        order.path = broca
        let before = place.fingerprint
        let refusals = try await place.plan(order).refusals
        #expect(
            refusals.contains {
                $0.code == .envValueRefused && $0.subject.contains("TELEGRAM_BOT_TOKEN in ")
                    && $0.subject.contains("/agents/ada/.env")
            }, "\(refusals)")
        #expect(place.fingerprint == before)
    }
}
