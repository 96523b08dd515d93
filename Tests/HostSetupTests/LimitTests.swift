import Glibc
import Journal
import LettaModel
import Testing

@testable import HostSetup

/// How long a step may take, and what is said when it takes longer.
@Suite struct LimitTests {
    /// Seconds of a unit's own setting, as they are rendered: `900`, `10min`, `6h`.
    private func seconds(_ key: String, _ text: String) -> Int? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(key)=") }
        guard let word = line?.dropFirst(key.count + 1) else { return nil }
        let units = ["": 1, "s": 1, "min": 60, "h": 3600]
        let digits = word.prefix { $0.isNumber }
        guard let number = Int(digits), let unit = units[String(word.dropFirst(digits.count))] else {
            return nil
        }
        return number * unit
    }

    @Test(arguments: MadeUp.configs.keys.sorted())
    func `a start or a restart is waited for longer than systemd itself waits`(name: String) throws {
        let config = try #require(MadeUp.configs[name])
        let files = try MadeUp.rendering(config).files()
        for unit in HostUnits.of(config) {
            guard let text = files.first(where: { $0.path.hasSuffix("/\(unit)") })?.text else { continue }
            // systemd's own limits are ninety seconds each.
            let (start, stop) = (
                seconds("TimeoutStartSec", text) ?? 90, seconds("TimeoutStopSec", text) ?? 90
            )
            #expect(HostUnits.patience(unit, config) > start + stop, "\(unit)")
        }
    }

    private func withBook<Result: Sendable>(
        _ scratch: Scratch, _ body: (HostBook) async throws -> Result
    ) async throws -> Result {
        try await withJournal(at: scratch.path + "/state/journal.db") { journal in
            var random = SystemRandomNumberGenerator()
            let run = try await journal.create(
                RunDraft(id: RunID(at: .now(), using: &random), job: HostApply.job, version: "test"))
            return try await body(HostBook(journal: journal, run: run.id, interrupt: { _ in }))
        }
    }

    private func install(_ book: HostBook, _ scratch: Scratch) -> HostInstall {
        var install = HostInstall(
            config: MadeUp.changed { $0.letta = "docker" }, paths: HostPaths(base: "", name: "x"),
            secrets: MadeUp.secrets, facts: HostFacts(), book: book, systemd: Systemd(), progress: { _ in })
        install.docker = Docker(docker: scratch.path + "/docker", compose: scratch.path + "/docker-compose")
        return install
    }

    @Test func `images of containers are pulled in a step of their own, and only where one is missing`()
        async throws
    {
        let scratch = Scratch()
        _ = try scratch.write("#!/bin/sh\ntest -e \(scratch.path)/pulled\n", "docker", mode: 0o755)
        _ = try scratch.write(
            "#!/bin/sh\necho \"$*\" >>\(scratch.path)/pulled\n", "docker-compose", mode: 0o755)
        try await withBook(scratch) { book in
            for _ in 0..<2 { try await install(book, scratch).programs() }
            #expect(text(of: scratch.path + "/pulled") == "-f /opt/letta/compose.yaml pull\n")
            let steps = try await book.steps()
            #expect(steps.count == 1)
            #expect(steps.first?["what"].contains("letta/letta:0.16.8 pgvector/pgvector:") == true)
        }
    }

    @Test func `what takes too long is ended, and that is what is said`() async throws {
        let scratch = Scratch()
        let program = try scratch.write("#!/bin/sh\necho at work\nexec sleep 60\n", "slow", mode: 0o755)
        try await withBook(scratch) { book in
            let failure = await #expect(throws: Failure.self) {
                try await install(book, scratch).program("slow", [program], 1)
            }
            #expect(failure?.reason == "was ended after 1 s: at work")
            #expect(failure?.remedy.contains("ferry host plan") == true)
        }
        let manager = try scratch.write("#!/bin/sh\nexec sleep 60\n", "systemctl", mode: 0o755)
        let failure = #expect(throws: Failure.self) {
            try Systemd(program: manager).tell("restart", "letta.service", seconds: 1)
        }
        #expect(failure?.reason == "did not end within 1 s")
    }
}
