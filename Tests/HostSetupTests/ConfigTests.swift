import Glibc
import LettaModel
import Testing

@testable import HostSetup

@Suite struct ConfigTests {
    private func failure(_ text: String) throws -> Failure {
        let error = #expect(throws: Failure.self) {
            try HostConfigFile.read(Array(text.utf8), path: "host.json")
        }
        return try #require(error)
    }

    @Test(arguments: MadeUp.configs.keys.sorted())
    func `a config that was written is read as it was`(name: String) throws {
        let config = try #require(MadeUp.configs[name])
        #expect(try HostConfigFile.read(Array(HostConfigFile.text(config).utf8), path: "x") == config)
    }

    @Test func `every field of the config stands in the table once, and is no word of the file's own`() {
        let keys = HostField.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(!keys.contains("schema"))
        #expect(Mirror(reflecting: HostConfig()).children.count == keys.count)
    }

    @Test func `half a file is named as that, with its line`() throws {
        let whole = HostConfigFile.text(MadeUp.usual)
        let failure = try failure(String(whole.prefix(whole.count / 2)))
        #expect(failure.code == .hostConfigWrong)
        #expect(failure.reason.contains("by half"))
        #expect(failure.subject.hasPrefix("host.json:1"))
    }

    @Test func `an unknown field is named with the one that was meant`() throws {
        let text = HostConfigFile.text(MadeUp.usual).replacing("\"body-limit\"", with: "\"body_limit\"")
        let failure = try failure(text)
        #expect(failure.reason == "there is no field body_limit")
        #expect(failure.remedy == "write \"body-limit\"")
    }

    @Test(arguments: [
        ("\"bodyless\": 1", "there is no field"), ("\"redis\": \"yes\"", "neither true nor false"),
        ("\"origins\": \"a\"", "is no list"), ("\"mail\": 1", "is no text"),
        ("\"letta-port\": 1.5", "is no whole number"), ("\"letta-port\": 70000", "is not from 1 to 65535"),
        ("\"letta\": \"screen\"", "is none of: systemd, docker, running"),
        ("\"name\": \"b\", \"name\": \"c\"", "is there twice"),
    ])
    func `a value of the wrong kind is refused`(line: String, reason: String) throws {
        let failure = try failure("{\"schema\": \"ferry.host/1\", \(line)}")
        #expect(failure.reason.contains(reason), "\(failure)")
    }

    /// What is changed, and the field that is named.
    static let wrong: [(String, @Sendable (inout HostConfig) -> Void)] = [
        ("name", { $0.name = "" }), ("name", { $0.name = "a b" }), ("name", { $0.name = "-a.example" }),
        ("name", { $0.name = "localhost" }), ("name", { $0.name = "10.0.0.1" }), ("mail", { $0.mail = "" }),
        ("mail", { $0.mail = "a@b;reboot" }), ("certificate-file", { $0.certificate = "files" }),
        ("acme-server", { $0.acmeServer = "http://x" }),
        (
            "http-port",
            {
                $0.apiPort = 80; $0.httpPort = 80
            }
        ),
        ("letta-port", { $0.lettaPort = 8283 }), ("origins", { $0.origins = ["https://app.letta.com/"] }),
        ("origins", { $0.origins = ["*"] }), ("origins", { $0.origins = [] }),
        ("pgvector-file", { $0.pgvector = "deb" }), ("alembic-folder", { $0.tables = "alembic" }),
        ("tables", { $0.lettaVersion = "0.16.4" }),
        ("letta-version", { ($0.lettaVersion, $0.letta) = ("latest", "docker") }),
        ("site", { $0.site = "srv" }), ("site", { $0.site = "/srv/a b" }), ("site", { $0.site = "/srv/$x" }),
        ("agents", { $0.agents = ["a/b"] }),
        ("agents", { $0.agents = ["ada", "bob", "ada"] }),
        ("origins", { $0.origins = ["https://a.example", "https://a.example"] }),
        (
            "services",
            {
                $0.services = "none"; $0.letta = "docker"
            }
        ),
        ("address", { $0.address = "eth0;" }), ("address", { $0.address = "1.2.3" }),
        ("address", { $0.address = "dead.beef" }), ("address", { $0.address = "[::1]" }),
        ("letta-port", { $0.lettaPort = 5432 }), ("letta-port", { $0.lettaPort = 6379 }),
        ("api-port", { $0.apiPort = 5432 }), ("ssh-port", { $0.sshPort = 443 }),
        ("ssh-port", { $0.sshPort = 18283 }), ("site", { $0.site = "/" }), ("site", { $0.site = "/etc/x" }),
        ("site", { $0.site = "/srv/../etc" }), ("site", { $0.site = "/var/lib/letta/x" }),
        ("site", { $0.site = "//etc" }), ("site", { $0.site = "/srv" }),
    ]

    @Test(arguments: wrong.indices)
    func `fields that do not fit together are named`(index: Int) throws {
        let (field, change) = Self.wrong[index]
        let failure = #expect(throws: Failure.self) { try MadeUp.changed(change).checked() }
        #expect(failure?.code == .hostConfigWrong)
        #expect(failure?.subject.hasPrefix(field) == true, "\(String(describing: failure))")
        #expect(failure?.remedy.isEmpty == false)
    }

    // MARK: secrets

    @Test func `passwords are made of signs that no file takes for its own, and are never the same`() throws {
        let one = HostSecrets.generated(for: MadeUp.usual)
        let other = HostSecrets.generated(for: MadeUp.usual)
        for name in [HostSecrets.password, HostSecrets.database, HostSecrets.encryption] {
            let value = try #require(one[name]?.reveal())
            #expect(value.count == 43)
            #expect(value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
            #expect(value != other[name]?.reveal())
        }
    }

    @Test func `a file of passwords is 0600, is read again, and is never overwritten`() throws {
        let scratch = Scratch()
        let path = scratch.path + "/host.json"
        let secrets = HostSecrets.generated(for: MadeUp.usual)
        try HostConfigStore.create(MadeUp.usual, secrets, at: path)
        let (config, again) = try HostConfigStore.read(path)
        #expect(config == MadeUp.usual)
        #expect(again[HostSecrets.password]?.reveal() == secrets[HostSecrets.password]?.reveal())
        guard case .file(_, let mode, _, _) = HostDisk.see(scratch.path + "/host.secrets") else {
            Issue.record("no file of passwords")
            return
        }
        #expect(mode == 0o600)
        let before = text(of: scratch.path + "/host.secrets")
        unlink(path)
        #expect(throws: Failure.self) { try HostConfigStore.create(MadeUp.usual, secrets, at: path) }
        #expect(text(of: scratch.path + "/host.secrets") == before)
        #expect(!HostDisk.exists(path))
    }

    @Test func `a file of passwords that others can read is refused`() throws {
        let scratch = Scratch()
        let path = scratch.path + "/host.json"
        try HostConfigStore.create(MadeUp.usual, HostSecrets.generated(for: MadeUp.usual), at: path)
        chmod(scratch.path + "/host.secrets", 0o644)
        let failure = #expect(throws: Failure.self) { try HostConfigStore.read(path) }
        #expect(failure?.remedy == "chmod 600 \(scratch.path)/host.secrets")
    }

    @Test(arguments: ["10.0.0.1", "::1", "2001:db8::2", ""])
    func `an address of either kind is taken`(address: String) throws {
        #expect(try MadeUp.changed { $0.address = address }.checked().address == address)
    }

    @Test(arguments: ["a\nLETTA_X=1", "a b", "a\u{1}", "\"a"])
    func `a secret of the environment that no file could hold is refused, and not shown`(value: String) {
        let failure = #expect(throws: Failure.self) {
            try HostSecrets.checkGiven([HostSecrets.password: Secret(value)], for: MadeUp.usual)
        }
        #expect(failure?.code == .hostConfigWrong)
        #expect("\(String(describing: failure))".contains(value) == false)
    }

    @Test func `an address of another kind of database is refused before it is in any file`() throws {
        for (value, isGood) in [
            ("mysql://u:hidden@db/x", false), ("db.example.org", false), ("postgresql://u:p@db/x", true),
            ("postgresql+pg8000://u:p@db/x", true),
        ] {
            let trouble = HostSecrets.trouble(HostSecrets.uri, value)
            #expect((trouble == nil) == isGood, "\(value)")
            #expect(trouble?.contains("hidden") != true)
        }
    }

    @Test func `a database of yours without its address is refused at once`() {
        let failure = #expect(throws: Failure.self) {
            try HostSecrets.checkGiven([:], for: MadeUp.changed { $0.postgres = "uri" })
        }
        #expect(failure?.code == .secretMissing && failure?.subject == HostSecrets.uri)
    }

    @Test(arguments: [
        "LETTA_PG_PASSWORD=a@b", "LETTA_PG_PASSWORD=a/b", "LETTA_SERVER_PASSWORD=a\u{1}b", "NONSENSE",
        "OTHER=1", "LETTA_SERVER_PASSWORD=", "LETTA_SERVER_PASSWORD=a b",
        "LETTA_SERVER_PASSWORD=a$b",
    ])
    func `a line that is no password is named, and not shown`(line: String) throws {
        let failure = #expect(throws: Failure.self) {
            try HostSecrets.read("# x\n\(line)\n", path: "host.secrets")
        }
        #expect(failure?.subject == "host.secrets:2")
        #expect(failure?.reason.contains("a$b") == false)
    }

    @Test func `a password that the config needs and nobody gave is named`() {
        let failure = #expect(throws: Failure.self) {
            try HostSecrets([:]).check(for: MadeUp.usual, path: "host.secrets")
        }
        #expect(failure?.code == .secretMissing)
        #expect(failure?.subject == HostSecrets.password)
    }
}
