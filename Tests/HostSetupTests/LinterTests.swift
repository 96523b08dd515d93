import Glibc
import LettaModel
import Testing

@testable import HostSetup

/// What was rendered, before the programs that will read it. Where such a
/// program is not installed the test is skipped, and says which.
@Suite struct LinterTests {
    private static func has(_ name: String) -> Bool { Tool.path(of: name) != nil }
    private static let names = MadeUp.configs.keys.sorted()

    private func files(_ name: String, base: String = "") throws -> [DesiredFile] {
        try MadeUp.rendering(try #require(MadeUp.configs[name]), base: base, user: "root").files()
    }

    @Test(.enabled(if: has("shellcheck"), "needs shellcheck"), arguments: names)
    func `shellcheck finds nothing in any script`(name: String) throws {
        let scratch = Scratch()
        let scripts = try files(name).filter { $0.text.hasPrefix("#!") }
        try scratch.put(scripts)
        for script in scripts {
            let result = try #require(Tool(words: ["shellcheck", scratch.path + script.path]).run())
            #expect(result.succeeded, "\(result.text)")
        }
    }

    /// The kernel is asked, and it answers root alone, and not everywhere.
    private static let canAskNft = Tool(words: ["nft", "list", "ruleset"]).run()?.succeeded == true

    @Test(.enabled(if: canAskNft, "needs nftables and the right to ask the kernel"))
    func `nft takes the firewall, also where it is loaded already`() throws {
        let scratch = Scratch()
        let rules = try files("own").filter { $0.path.hasSuffix(".nft") }
        #expect(rules.count == 1)
        try scratch.put(rules)
        let path = scratch.path + (rules.first?.path ?? "")
        let result = try #require(Tool(words: ["nft", "-c", "-f", path]).run())
        #expect(result.succeeded, "\(result.text)")
        let wrong = try scratch.write(
            text(of: path).replacing("policy drop", with: "policy dorp"), "wrong.nft")
        #expect(Tool(words: ["nft", "-c", "-f", wrong]).run()?.succeeded == false)
    }

    /// It ends with 0 where it found a key that it does not know: any word counts.
    @Test(.enabled(if: has("systemd-analyze"), "needs systemd-analyze"), arguments: names)
    func `systemd-analyze has no word to say about any unit`(name: String) throws {
        let scratch = Scratch()
        try scratch.put(try files(name, base: scratch.path))
        for program in ["srv/ada/venv/bin/python", "srv/bob/venv/bin/python"] {
            _ = try scratch.write("", program, mode: 0o755)
        }
        for unit in try files(name, base: scratch.path).map(\.path) where unit.contains("/systemd/system/") {
            let result = try #require(Tool(words: ["systemd-analyze", "verify", "--man=no", unit]).run())
            let others = [
                "docker", "redis-server.service", "postgresql.service", "nginx.service", "/tell is not exec",
            ]
            let lines = result.text.split(separator: "\n").filter { line in
                !others.contains { line.contains($0) }
            }
            #expect(lines.isEmpty, "\(unit): \(result.text)")
        }
    }

    @Test(.enabled(if: has("systemd-analyze"), "needs systemd-analyze"))
    func `a misspelt key of a unit would be found`() throws {
        let scratch = Scratch()
        let path = try scratch.write("[Service]\nExecStart=/bin/true\nRestrt=always\n", "x.service")
        #expect(
            Tool(words: ["systemd-analyze", "verify", "--man=no", path]).run()?.text.contains("Restrt")
                == true)
    }

    @Test(.enabled(if: has("systemd-analyze"), "needs systemd-analyze"))
    func `systemd counts Letta's unit among the safe ones`() throws {
        let scratch = Scratch()
        try scratch.put(try files("usual", base: scratch.path))
        let result = try #require(
            Tool(words: [
                "systemd-analyze", "security", "--offline=yes", "--threshold=20",
                scratch.path + "/etc/systemd/system/letta.service",
            ]).run())
        #expect(result.succeeded, "\(result.lastWords)")
    }

    @Test(.enabled(if: has("docker-compose"), "needs docker-compose"))
    func `docker-compose reads the containers, and publishes nothing but Letta on loopback`() throws {
        let scratch = Scratch()
        try scratch.put(try files("docker", base: scratch.path))
        let result = try #require(
            Tool(words: ["docker-compose", "-f", scratch.path + "/opt/letta/compose.yaml", "config"]).run())
        #expect(result.succeeded, "\(result.text)")
        let ports = result.text.split(separator: "\n").filter {
            $0.contains("/tcp") || $0.contains("published")
        }
        #expect(ports.map { $0.drop { " -".contains($0) } } == ["127.0.0.1:18283:8283/tcp"])
        let database = result.text.split(separator: "  postgres:").last ?? ""
        #expect(!database.contains("made-up-key") && !database.contains("made-up-password"))
    }

    @Test(
        .enabled(if: has("nginx") && has("openssl"), "needs nginx and openssl"),
        arguments: ["lab", "usual", "own"])
    func `nginx takes the whole site, and the one that serves the challenge alone`(name: String) throws {
        let scratch = Scratch()
        var config = try #require(MadeUp.configs[name])
        if config.certificate == "files" {
            (config.certificateFile, config.keyFile) = (scratch.path + "/cert.pem", scratch.path + "/key.pem")
        }
        let rendering = MadeUp.rendering(config, base: scratch.path, user: "root")
        try scratch.put(try rendering.files())
        let paths = rendering.paths
        for folder in ["/run", "/var/log/nginx", "/var/lib/nginx", "/etc/nginx/sites-enabled"] {
            _ = try scratch.write("", String((folder + "/.keep").dropFirst()))
        }
        let files = paths.certificate(config)
        _ = try scratch.write("", String((files.chain + ".folder").dropFirst(scratch.path.count + 1)))
        let made = Tool(words: [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", files.key, "-out", files.chain, "-days", "2", "-subj", "/CN=x",
        ]).run()
        #expect(made?.succeeded == true, "\(made?.text ?? "")")
        for file in [rendering.challengeSite, try #require(try rendering.files().last)] {
            try scratch.put([file])
            let words = ["nginx", "-p", scratch.path, "-e", paths.nginxErrors, "-c", paths.nginxMain, "-t"]
            let result = try #require(Tool(words: words).run())
            #expect(result.succeeded && !result.text.contains("[warn]"), "\(result.text)")
        }
    }
}
