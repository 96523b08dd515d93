import LettaModel
import Testing

@testable import HostSetup

@Suite struct RenderingTests {
    @Test func `browsers are bound to https for minutes until somebody says longer, and let go by zero`()
        throws
    {
        func header(_ config: HostConfig) throws -> Bool {
            let seconds = config.hsts
            let text = try #require(try MadeUp.rendering(config).files().last).text
            return text.contains("Strict-Transport-Security \"max-age=\(seconds)\" always;")
        }
        #expect(MadeUp.usual.certificate == "acme" && MadeUp.usual.hsts == 300)
        for seconds in [300, 0, 31_536_000] {
            #expect(try header(MadeUp.changed { $0.hsts = seconds }), "\(seconds)")
        }
    }

    @Test(arguments: [
        ("usual", "postgresql.service"), ("docker", "letta.service"), ("own", "letta-postgres.service"),
    ])
    func `a dump that is made up for at the start of the machine waits for its database`(
        name: String, unit: String
    ) throws {
        let config = try #require(MadeUp.configs[name])
        let text = try MadeUp.rendering(config).files().first { $0.path.hasSuffix("/letta-dump.service") }?
            .text
        #expect(text?.contains("\nAfter=\(unit)\n") == true, "\(config.pgvector) \(config.letta)")
    }

    @Test func `an nginx that died is started again, and a failed dump calls whom the config names`() throws {
        let files = try MadeUp.rendering(try #require(MadeUp.configs["deb"])).files()
        func text(_ end: String) -> String { files.first { $0.path.hasSuffix(end) }?.text ?? "" }
        #expect(text("/nginx.service.d/ferry.conf").contains("\nRestart=on-failure\n"))
        #expect(text("/letta-dump.service").contains("\nOnFailure=letta-dump-failed.service\n"))
        #expect(
            text("/letta-dump-failed.service").contains(
                "\nExecStart=/usr/local/bin/tell letta-dump.service\n"))
        let plain = try MadeUp.rendering(MadeUp.usual).files()
        #expect(!plain.contains { $0.text.contains("OnFailure") })
        let none = try MadeUp.rendering(try #require(MadeUp.configs["lab"])).files()
        #expect(!none.contains { $0.path.contains("nginx.service.d") })
    }

    @Test(arguments: MadeUp.configs.keys.sorted())
    func `every file of a host is as it was looked at`(name: String) throws {
        let config = try #require(MadeUp.configs[name]).checked()
        let files = try MadeUp.rendering(config).files()
        let shown = files.map { file in
            let text = file.path.hasSuffix(".lock") ? "(the lock file)\n" : file.text
            return
                "=== \(file.path) 0\(String(file.mode, radix: 8))\(file.isSecret ? " secret" : "")\n\(text)"
        }
        try Golden.expect(shown.joined(separator: "\n"), named: "\(name).txt")
    }

    @Test func `rendering twice makes the same files`() throws {
        let rendering = MadeUp.rendering(MadeUp.usual)
        #expect(try rendering.files() == rendering.files())
    }

    @Test(arguments: MadeUp.configs.keys.sorted())
    func `a password stands in files of mode 0600 alone`(name: String) throws {
        for file in try MadeUp.rendering(try #require(MadeUp.configs[name])).files()
        where file.text.contains("made-up-") {
            #expect(file.isSecret && file.mode == 0o600, "\(file.path)")
        }
    }

    @Test func `http2 is a word of listen for an old nginx and a directive for a new one`() throws {
        let old = try MadeUp.rendering(MadeUp.usual, nginx: NginxVersion(1, 22, 1)).files().last?.text ?? ""
        let new = try MadeUp.rendering(MadeUp.usual, nginx: NginxVersion(1, 25, 1)).files().last?.text ?? ""
        #expect(old.contains("listen 443 ssl http2;") && !old.contains("http2 on;"))
        #expect(new.contains("listen 443 ssl;") && new.contains("    http2 on;"))
    }

    @Test func `an nginx that is too old is refused with what it lacks`() {
        let failure = #expect(throws: Failure.self) {
            try MadeUp.rendering(MadeUp.usual, nginx: NginxVersion(1, 18, 0)).files()
        }
        #expect(failure?.code == .hostUnable)
        #expect(failure?.reason.contains("1.19.4") == true)
    }

    @Test(arguments: [
        ("nginx version: nginx/1.22.1", "1.22.1"), ("nginx/1.25.3 (Ubuntu)", "1.25.3"), ("1.2", "nil"),
    ])
    func `a version is read from what nginx says`(text: String, version: String) {
        #expect((NginxVersion(text).map(\.description) ?? "nil") == version)
    }

    @Test func `Letta listens on loopback with a password that is required, whoever starts it`() throws {
        let files = try MadeUp.rendering(MadeUp.usual).files()
        let env = try #require(files.first { $0.path == "/etc/letta/letta.env" }).text
        let serve = try #require(files.first { $0.path.hasSuffix("letta-serve") }).text
        #expect(env.contains("\nLETTA_SERVER_SECURE=true\n"))
        #expect(serve.contains("--host 127.0.0.1 --port 18283 --secure"))
        let compose =
            try MadeUp.rendering(MadeUp.changed { $0.letta = "docker" }).files()
            .first { $0.path.hasSuffix("compose.yaml") }?.text ?? ""
        let published = compose.split(separator: "\n").filter {
            $0.contains(":8283\"") || $0.contains("5432")
        }
        #expect(published.map { $0.drop { $0 == " " } } == ["- \"127.0.0.1:18283:8283\""])
    }

    @Test func `each site says which of its versions is served`() throws {
        let one = try #require(MadeUp.rendering(MadeUp.usual).files().last)
        let other = try #require(MadeUp.rendering(MadeUp.changed { $0.bodyLimit = 9 }).files().last)
        let mark = try #require(NginxSite.generation(of: one.text))
        #expect(mark.hasPrefix("ferry-") && mark.count == 22)
        #expect(mark != NginxSite.generation(of: other.text))
        #expect(NginxSite.generation(of: MadeUp.rendering(MadeUp.usual).challengeSite.text) != mark)
    }

    @Test func `an address of IPv6 stands in brackets where a port follows`() throws {
        let files = try MadeUp.rendering(MadeUp.changed { $0.address = "2001:db8::2" }).files()
        let script = try #require(files.first { $0.path.hasSuffix("certificate-renewed") }).text
        #expect(script.contains("-connect [2001:db8::2]:8283 "))
    }

    // MARK: marks

    @Test func `a file of ferry's own is known again, and so is one that was changed`() {
        let file = DesiredFile("/x", "#!/bin/sh\necho\n")
        #expect(file.text.hasPrefix("#!/bin/sh\n# Managed by ferry"))
        #expect(ManagedText.origin(of: file.text) == .ours)
        #expect(ManagedText.origin(of: file.text + "echo more\n") == .changed)
        #expect(ManagedText.origin(of: "#!/bin/sh\necho\n") == .foreign)
    }

    @Test(arguments: [
        ("a\nb\n", "a\nb\n"), ("a\nb\nc\n", "a\nc\n"), ("", "a\n"), ("a\n", ""),
        ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\nX\n4\n5\n6\n7\n8\nY\n"),
    ])
    func `a difference is the one that diff prints`(old: String, new: String) throws {
        let scratch = Scratch()
        let (one, other) = (try scratch.write(old, "a"), try scratch.write(new, "b"))
        let printed = Tool(words: ["diff", "-u", one, other]).run()?.text ?? ""
        let lines = { (text: String) in text.split(separator: "\n").dropFirst(2).map(Self.counted) }
        #expect(lines(LineDiff.unified(old, new, path: "/x")) == lines(printed))
    }

    /// diff leaves a count of one out.
    private static func counted(_ line: Substring) -> String {
        guard line.hasPrefix("@@") else { return String(line) }
        return line.split(separator: " ").map {
            $0.hasPrefix("-") || $0.hasPrefix("+") ? ($0.contains(",") ? "\($0)" : "\($0),1") : "\($0)"
        }
        .joined(separator: " ")
    }
}
