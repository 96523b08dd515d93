import Glibc
import LettaModel
import LosslessJSON
import Testing

@testable import Workers

@Suite struct TextRewriterTests {
    private let rewriter = TextRewriter([
        Replacement(kind: .agentID, old: "agent-1111", new: "agent-2222"),
        Replacement(kind: .path, old: "/opt/broca", new: "/srv/ada"),
        Replacement(kind: .serverURL, old: "http://127.0.0.1:8284", new: "https://new.example.net"),
        Replacement(kind: .token, old: "old-secret-0417", new: "new-secret"),
    ])

    private func rewritten(_ text: String) -> String {
        String(
            decoding: rewriter.rewrite(Array(text.utf8), file: ".env")?.bytes ?? Array(text.utf8),
            as: UTF8.self)
    }

    @Test(arguments: [
        ("AGENT_ID=agent-1111\r\n", "AGENT_ID=agent-2222\r\n"),
        ("\u{FEFF}export AGENT_ID=\"agent-1111\" # mine", "\u{FEFF}export AGENT_ID=\"agent-2222\" # mine"),
        ("AGENT_ENDPOINT=http://127.0.0.1:8284/", "AGENT_ENDPOINT=https://new.example.net/"),
        ("LETTA_BASE_URL=http://127.0.0.1:8284/v1", "LETTA_BASE_URL=https://new.example.net/v1"),
        ("X=http://127.0.0.1:82840", "X=http://127.0.0.1:82840"),
        ("DB_PATH='/opt/broca/sanctum.db'", "DB_PATH='/srv/ada/sanctum.db'"),
        (
            "PATH=/opt/broca:/mnt/opt/broca:/opt/broca-old:/opt/broca",
            "PATH=/srv/ada:/mnt/opt/broca:/opt/broca-old:/srv/ada"
        ),
        ("{\"env\":{\"LETTA_API_KEY\":\"old-secret-0417\"}}", "{\"env\":{\"LETTA_API_KEY\":\"new-secret\"}}"),
        ("X=agent-11119", "X=agent-11119"), ("X=my_agent-1111", "X=my_agent-1111"),
    ])
    func `a value is replaced where it stands alone`(text: String, wanted: String) {
        #expect(rewritten(text) == wanted)
    }

    @Test(arguments: [
        (
            "DB_PATH=/opt/broca/agents/agent-1111/db/sanctum.db",
            "DB_PATH=/srv/ada/agents/agent-1111/db/sanctum.db"
        ),
        ("RUN=agents/agent-1111/run", "RUN=agents/agent-1111/run"),
        (
            "cd ./agents/agent-1111 && AGENT_ID=agent-1111 x",
            "cd ./agents/agent-1111 && AGENT_ID=agent-2222 x"
        ),
        (
            "\"$ROOT/agents/agent-1111/x\" ${R}/agents/agent-1111",
            "\"$ROOT/agents/agent-1111/x\" ${R}/agents/agent-1111"
        ),
        ("GET /v1/agents/agent-1111/messages", "GET /v1/agents/agent-2222/messages"),
        ("http://127.0.0.1:8284/v1/agents/agent-1111", "https://new.example.net/v1/agents/agent-2222"),
        ("AGENT_ID=agent-1111", "AGENT_ID=agent-2222"), ("agents/agent-11112", "agents/agent-11112"),
    ])
    func `a folder that bears an id keeps its name in every path`(text: String, wanted: String) {
        let rewriter = TextRewriter(
            [
                Replacement(kind: .agentID, old: "agent-1111", new: "agent-2222"),
                Replacement(kind: .path, old: "/opt/broca", new: "/srv/ada"),
                Replacement(
                    kind: .path, old: "/opt/broca/agents/agent-1111", new: "/srv/ada/agents/agent-1111"),
                Replacement(kind: .serverURL, old: "http://127.0.0.1:8284", new: "https://new.example.net"),
            ], keeping: ["agents/agent-1111"])
        let bytes = Array(text.utf8)
        let done = rewriter.rewrite(bytes, file: ".env")?.bytes ?? bytes
        #expect(String(decoding: done, as: UTF8.self) == wanted)
    }

    @Test(arguments: [
        ("AGENT_ID=agent-1111", "AGENT_ID=agent-2222"),
        ("DB_PATH=agent-1111/sanctum.db", "DB_PATH=agent-1111/sanctum.db"),
        ("cd $ROOT/agent-1111", "cd $ROOT/agent-1111"), ("cd ./agent-1111", "cd ./agent-1111"),
    ])
    func `an id alone is an id, also where a folder of that name lies at the top`(
        text: String, wanted: String
    ) {
        let rewriter = TextRewriter(
            [Replacement(kind: .agentID, old: "agent-1111", new: "agent-2222")], keeping: ["agent-1111"])
        #expect(rewriter.text(text) == wanted)
    }

    @Test func `each replacement is told with its line and key, and no secret`() {
        let text = "# x\nexport AGENT_ID=agent-1111\n\"AGENT_API_KEY\": \"old-secret-0417\"\n"
        let found = rewriter.rewrite(Array(text.utf8), file: "a.env")?.rewrites ?? []
        #expect(found.map(\.key) == ["AGENT_ID", "AGENT_API_KEY"])
        #expect(found.map(\.line) == [2, 3])
        #expect(found.map(\.new) == ["agent-2222", "<secret, 10 bytes>"])
        #expect(!"\(found)".contains("secret-0417"))
    }

    @Test func `what is no text is left`() {
        #expect(rewriter.rewrite([0, 1] + Array("agent-1111".utf8), file: "x") == nil)
    }
}

@Suite struct ToolServerAddressTests {
    @Test(arguments: [
        "http://127.0.0.1:8000/sse", "http://localhost/mcp", "https://10.1.2.3/", "http://192.168.0.9:1/",
        "http://172.31.0.1", "http://[::1]:8000/", "http://[fd00::1]/", "http://user:x@127.9.9.9/",
        "http://0.0.0.0:1",
        "http://169.254.1.1", "http://LOCALHOST:1",
    ])
    func `a loopback or private address is refused`(url: String) {
        #expect(ToolServerAddress.isRefused(url))
    }

    @Test(arguments: [
        "https://tools.example.net/mcp", "http://172.32.0.1", "http://8.8.8.8:1", "http://[2001:db8::1]/",
        "http://11.0.0.1",
        "http://host.docker.internal:8000",
    ])
    func `another is not`(url: String) {
        #expect(!ToolServerAddress.isRefused(url))
    }
}

@Suite struct UserNeedsTests {
    private func user(_ id: Int64, _ identity: String?, _ block: String?, profiles: Int = 1) -> ChatUser {
        ChatUser(
            id: id, identityID: identity, blockID: block,
            profiles: (0..<profiles).map { .init(platform: "telegram", platformUserID: "\(id)\($0)") })
    }

    @Test func `orphans are counted and need nothing`() {
        let needs = UserNeeds([
            user(1, "identity-a", "block-a"), user(2, "identity-b", "block-b", profiles: 0),
        ])
        #expect(needs.identities.map(\.id) == ["identity-a"])
        #expect(needs.blocks.map(\.id) == ["block-a"])
        #expect(needs.orphans == 1)
    }

    @Test func `ids that are null or empty need nothing, shared ones count once`() {
        let needs = UserNeeds([
            user(1, nil, ""), user(2, "identity-a", nil), user(3, "identity-a", "block-a"),
            user(4, "identity-c", "block-a"),
        ])
        #expect(needs.identities.map(\.id) == ["identity-a", "identity-c"])
        #expect(needs.blocks.map(\.id) == ["block-a"])
        #expect(needs.usersWithoutBlock == 2)
    }
}

@Suite struct BlockContentTests {
    private let old = Array(
        """
        {"id":"block-old","label":"human","value":"{\\"type\\":\\"human_core\\"}","limit":20000,"description":null,
        "read_only":false,"metadata":{"number":1.50},"tags":["own","ferry-abc-1","ferry-abc"]}
        """.utf8)

    @Test func `a made block carries its origin and the run's tags, and is equal but for them`() throws {
        let body = try BlockContent.body(of: old, from: "block-old", tags: ["ferry-xyz-2", "ferry-xyz"])
        let json = try JSONDocument(body).root
        #expect(json["metadata"]?["migrated_from"]?.string == "block-old")
        #expect(json["metadata"]?["number"]?.lexeme == "1.50")
        #expect(json["tags"]?.elements.compactMap(\.string) == ["own", "ferry-xyz-2", "ferry-xyz"])
        #expect(try BlockContent.differences(old, body).isEmpty)
    }

    @Test(arguments: [
        ("value", "\"other\""), ("limit", "7"), ("description", "\"d\""), ("read_only", "true"),
        ("metadata", "{\"number\":2}"), ("tags", "[]"),
    ])
    func `a difference is found`(key: String, value: String) throws {
        var node = JSONNode.shallow(try JSONDocument(old).root)
        node[key] = .verbatim(Array(value.utf8))
        #expect(try BlockContent.differences(old, node.bytes()) == [key])
    }
}

@Suite struct RetirementTests {
    @Test(arguments: [
        ("A=1\nTELEGRAM_BOT_TOKEN=1:x\nB=2\n", "A=1\n# FERRY-RETIRED: TELEGRAM_BOT_TOKEN=1:x\nB=2\n"),
        ("export WEB_CHAT_API_KEY = 'x'\r\n", "# FERRY-RETIRED: export WEB_CHAT_API_KEY = 'x'\r\n"),
        ("\u{FEFF}TELEGRAM_BOT_TOKEN=x", "\u{FEFF}# FERRY-RETIRED: TELEGRAM_BOT_TOKEN=x"),
    ])
    func `a channel's token is commented out and nothing else changes`(text: String, wanted: String) {
        let silent = Retirement.silenced(Array(text.utf8), keys: Retirement.keys)
        #expect(silent.map { String(decoding: $0, as: UTF8.self) } == wanted)
    }

    @Test(arguments: ["# TELEGRAM_BOT_TOKEN=x\n", "MY_TELEGRAM_BOT_TOKEN=x", "TELEGRAM_BOT_TOKEN_FILE=x", ""])
    func `other lines are left`(text: String) {
        #expect(Retirement.silenced(Array(text.utf8), keys: Retirement.keys) == nil)
    }
}

@Suite struct PlaceTests {
    @Test(
        arguments: [
            ("/opt/broca/", nil, "/opt/broca"), ("ada@host:/opt/x", "ada@host", "/opt/x"),
            ("/a:b@c", nil, "/a:b@c"), ("/", nil, "/"),
        ] as [(String, String?, String)])
    func `a path is here unless a user at a host stands before it`(text: String, host: String?, path: String)
    {
        #expect(Place(text).host == host)
        #expect(Place(text).path == path)
    }
}

@Suite struct RemovalTests {
    @Test func `what links point to stays when a tree is removed`() throws {
        let folder = "/tmp/ferry-removal-\(UInt64.random(in: 0...UInt64.max))"
        try PrivateTree.makeFolder(folder + "/kept")
        try PrivateTree.makeFolder(folder + "/tree")
        try PrivateTree.write(Array("kept".utf8), to: folder + "/kept/file")
        symlink(folder + "/kept", folder + "/tree/link")
        try PrivateTree.remove(folder + "/tree")
        #expect(FileKind.at(folder + "/tree") == nil)
        #expect(FileKind.at(folder + "/kept/file") != nil)
        try PrivateTree.remove(folder)
    }
}
