import Journal
import LettaModel
import Testing

@testable import HostSetup

/// What a run does to services, and what its undo does about it, before a
/// stand-in of systemd.
@Suite struct ServiceTests {
    private let manager: StandIn
    private let paths = HostPaths(base: "", name: "x.example.org")

    init() throws { manager = try StandIn() }

    private func withBook<Result: Sendable>(_ body: (HostBook) async throws -> Result) async throws -> Result
    {
        try await withJournal(at: manager.scratch.path + "/state/journal.db") { journal in
            var random = SystemRandomNumberGenerator()
            let run = try await journal.create(
                RunDraft(id: RunID(at: .now(), using: &random), job: HostApply.job, version: "test"))
            return try await body(HostBook(journal: journal, run: run.id, interrupt: { _ in }))
        }
    }

    private func install(
        _ book: HostBook, _ config: HostConfig = MadeUp.usual, _ change: (inout HostFacts) -> Void = { _ in }
    ) -> HostInstall {
        var facts = HostFacts()
        change(&facts)
        return HostInstall(
            config: config, paths: paths, secrets: MadeUp.secrets, facts: facts, book: book,
            systemd: manager.systemd, progress: { _ in })
    }

    private func back(_ book: HostBook) async throws -> ServicesBack {
        ServicesBack(systemd: manager.systemd, book: book, steps: try await book.steps())
    }

    @Test func `what was enabled or ran before the run does so after its undo`() async throws {
        try manager.enable("letta-dump.timer")
        try manager.activate("certbot.timer")
        try await withBook { book in
            try await install(book).services { _ in true }
            for unit in HostUnits.of(MadeUp.usual) {
                #expect(manager.isEnabled(unit) && manager.isActive(unit), "\(unit)")
            }
            _ = try await back(book).stop()
        }
        #expect(manager.isEnabled("letta-dump.timer") && !manager.isActive("letta-dump.timer"))
        #expect(manager.isActive("certbot.timer") && !manager.isEnabled("certbot.timer"))
        #expect(!manager.isEnabled("letta.service") && !manager.isActive("letta.service"))
    }

    @Test func `what is enabled and runs already is no step, so no undo stops it`() async throws {
        var config = MadeUp.usual
        config.pgvector = "wheel"
        try manager.enable("letta-postgres.service")
        try manager.activate("letta-postgres.service")
        try await withBook { book in
            try await install(book, config).services { $0 == "letta-postgres.service" }
            #expect(try await book.steps().isEmpty)
            _ = try await back(book).stop()
        }
        #expect(manager.isEnabled("letta-postgres.service") && manager.isActive("letta-postgres.service"))
    }

    @Test func `an undo that is begun again has nothing more to stop, and does not fail`() async throws {
        try await withBook { book in
            try await install(book).services { _ in true }
            #expect(try await back(book).stop().count == HostUnits.of(MadeUp.usual).count)
            // A unit without a file cannot be disabled any more.
            try manager.refuse("disable")
            #expect(try await back(book).stop().isEmpty)
        }
    }

    @Test func `what was restarted is restarted once more when its files are back`() async throws {
        try await withBook { book in
            let changed: Set = ["/etc/letta/letta.env", "/etc/ferry/firewall.nft"]
            try await install(book, MadeUp.changed { $0.firewall = true }) {
                $0.running = ["letta.service"]
            }.restart(changed)
            #expect(manager.log == ["daemon-reload", "restart letta.service"])
            #expect(try await back(book).restart() == ["restarted letta.service"])
            #expect(manager.log.suffix(2) == ["daemon-reload", "restart letta.service"])
        }
    }

    @Test(arguments: [
        ("/opt/letta/compose.yaml", "docker"), ("/etc/letta/postgres.env", "docker"),
        ("/etc/letta/letta.env", "docker"), ("/usr/local/lib/ferry/letta-serve", "systemd"),
    ])
    func `a service is restarted for every file that it reads at its start`(path: String, letta: String) {
        let config = MadeUp.changed { $0.letta = letta }
        #expect(HostUnits.toRestart(config, paths, [path]) == ["letta.service"])
        #expect(HostUnits.toRestart(config, paths, ["/etc/other"]) == [])
    }

    @Test func `a program is given no password of ferry's own environment`() {
        let own = [
            "PATH": "/bin", "LETTA_SERVER_PASSWORD": "x", "AWS_SECRET": "x", "https_proxy": "p",
            "PIP_INDEX_URL": "u",
        ]
        let given = Tool.given(own, ["ADDED": "a"], .essentials)
        #expect(Set(given.keys) == ["PATH", "LC_ALL", "DEBIAN_FRONTEND", "ADDED"])
        let network = Tool.given(own, [:], .network)
        #expect(Set(network.keys) == ["PATH", "LC_ALL", "DEBIAN_FRONTEND", "https_proxy", "PIP_INDEX_URL"])
    }

    @Test func `what a program says is cut at the bound, and that is told`() {
        let words = ["/bin/sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x"]
        let cut = Tool(words: words).run()
        #expect(cut?.isCut == true && cut?.text.utf8.count == 256 << 10)
        let whole = Tool(words: words).run(limit: 1 << 20)
        #expect(whole?.isCut == false && whole?.text.utf8.count == 300_000)
    }
}
