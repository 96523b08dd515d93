import Glibc
import Testing
import WorkerFixtures

@testable import FerryCLI

/// What is asked at a terminal: `script` gives the program one, and types.
@Suite(.enabled(if: access("/usr/bin/script", X_OK) == 0, "needs script, of Debian's bsdutils"))
struct TerminalTests {
    private static let hasNginx = access("/usr/sbin/nginx", X_OK) == 0

    /// - Parameter answers: lines; then the terminal's end of input.
    private func typed(_ answers: [String], _ command: String, _ home: Sandbox) async throws -> Finished {
        let text = answers.map { $0 + "\\n" }.joined()
        return try await ChildProcess(
            command: "printf '\(text)' | script -qec '\(command)' /dev/null", folder: home.path,
            environment: [
                "HOME": home.path, "PATH": "\(BuiltProgram.folder):/usr/sbin:/usr/bin:/bin",
                "LANG": "C.UTF-8", "TERM": "dumb", "SHELL": "/bin/sh",
            ]
        ).run()
    }

    @Test func `host init asks for what it has to know, and asks again where an answer does not fit`()
        async throws
    {
        let home = Sandbox()
        let done = try await typed(
            [
                "letta.example.org", "you@example.org", "letsencrypt", "self-signed", "", "", "", "",
                "perhaps", "yes", "ada, bob",
            ], "ferry host init", home)
        #expect(done.status == 0, "\(done.output)")
        #expect(done.output.contains("name: the host name that browsers call: "))
        #expect(done.output.contains("letsencrypt: is none of: acme, files, self-signed"))
        #expect(done.output.contains("perhaps: is neither yes nor no"))
        #expect(done.output.contains("letta: how Letta is run"))
        let config = Folder.text(of: home.path + "/host.json")
        for line in [
            #""name": "letta.example.org""#, #""certificate": "self-signed""#, #""firewall": true"#,
            #""ada""#, #""bob""#,
        ] { #expect(config.contains(line), "\(line) is not in \(config)") }
        let secrets = Folder.text(of: home.path + "/host.secrets").split(separator: "\n")
        #expect(secrets.count > 1)
        for line in secrets where !line.hasPrefix("#") {
            let value = line.split(separator: "=", maxSplits: 1).last ?? ""
            #expect(!done.output.contains(value), "no password is shown")
        }
    }

    @Test func `host init writes nothing where somebody ends it in the middle`() async throws {
        let home = Sandbox()
        let done = try await typed(["letta.example.org"], "ferry host init", home)
        #expect(done.status != 0)
        #expect(Folder.names(in: home.path).filter { $0.hasPrefix("host.") } == [])
    }

    @Test(.enabled(if: hasNginx, "needs nginx"), .timeLimit(.minutes(2)))
    func `host apply shows its plan and asks, no changes nothing, and yes does it; undo asks as well`()
        async throws
    {
        let home = Sandbox()
        let ports = FreePorts.take(4)
        let made = try await typed(
            [],
            "ferry host init lab.example.org --certificate self-signed --services none --address 127.0.0.1 "
                + "--http-port \(ports[0]) --https-port \(ports[1]) --api-port \(ports[2]) --letta-port \(ports[3])",
            home)
        #expect(made.status == 0, "\(made.output)")
        let no = try await typed(["n"], "ferry host apply --root root", home)
        #expect(no.output.contains("create") && no.output.contains("[y/N] "), "\(no.output.suffix(500))")
        #expect(no.output.contains("nobody said yes; nothing was changed"))
        #expect(no.status == 2)
        #expect(!Folder.isFolder(home.path + "/root") && home.runs().isEmpty)
        defer {
            let pid = Folder.text(of: home.path + "/root/run/nginx.pid").split(separator: "\n").first
            if let process = pid.flatMap({ pid_t(String($0)) }) { kill(process, SIGTERM) }
        }
        let yes = try await typed(["y"], "ferry host apply --root root", home)
        #expect(yes.status == 0 && yes.output.contains("applied, and proved"), "\(yes.output.suffix(800))")
        let run = try #require(home.runs().last)
        let kept = try await typed(["n"], "ferry undo \(run)", home)
        #expect(kept.output.contains("nobody said yes; nothing was changed"), "\(kept.output)")
        #expect(!Folder.text(of: home.path + "/root/run/nginx.pid").isEmpty)
        let undone = try await typed(["y"], "ferry undo \(run)", home)
        #expect(undone.output.contains("\(run): undone"), "\(undone.output)")
        #expect(Folder.text(of: home.path + "/root/run/nginx.pid").isEmpty)
    }
}
