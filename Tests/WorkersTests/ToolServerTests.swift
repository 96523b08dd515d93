import LettaModel
import LosslessJSON
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// What a plan says of registrations of tool servers.
@Suite(.serialized) struct ToolServerPlanTests {
    private func smcp(_ place: Site) -> String { place.tree.smcp(place.agents[0]) }

    private func addStdio(_ place: Site, to server: ScriptedServer) {
        let (folder, root) = (smcp(place), place.tree.root)
        server.change { world in
            _ = world.addStdioServer(
                name: "q's tools", command: "\(root)/venv/bin/python",
                arguments: ["\(folder)/smcp_stdio.py", "--quiet"])
        }
    }

    @Test func `a stdio registration is named, with why nobody can tell whether the target takes it`()
        async throws
    {
        let place = try Site.small()
        addStdio(place, to: place.source)
        let plan = try await place.plan()
        #expect(plan.refusals.isEmpty)
        let item = try #require(plan.omissions.first { $0.id == "tool-server:q's tools" })
        #expect(item.reason.contains("cannot be asked") && item.reason.contains(smcp(place)))
        #expect(item.remedy.contains("MCP_DISABLE_STDIO=false"))
        #expect(!"\(item)".contains("scripted-mcp-token"))
        #expect(place.target.writes == 0)
    }

    @Test func `the command that registers it has the paths of the new place`() async throws {
        let place = try Site.small()
        addStdio(place, to: place.source)
        let item = try #require(
            try await place.plan().omissions.first { $0.id.hasPrefix("tool-server:") })
        let start = try #require(item.remedy.firstRange(of: "-d '")).upperBound
        let end = try #require(item.remedy[start...].firstRange(of: "}}'")).lowerBound
        let body = String(item.remedy[start..<end] + "}}").replacing("'\\''", with: "'")
        let json = try JSONDocument(Array(body.utf8)).root
        #expect(json["server_name"]?.string == "q's tools")
        #expect(json["config"]?["command"]?.string == "\(place.destination)/venv/bin/python")
        #expect(
            json["config"]?["args"]?.elements.compactMap(\.string)
                == ["\(place.destination)/agents/ada/smcp/smcp_stdio.py", "--quiet"])
    }

    @Test func `one that the target has already says that stdio was on there`() async throws {
        let place = try Site.small()
        addStdio(place, to: place.source)
        place.target.change {
            _ = $0.addStdioServer(name: "other", command: "/usr/bin/other", arguments: [])
        }
        let item = try await place.plan().omissions.first { $0.id == "tool-server:q's tools" }
        #expect(item?.reason.contains("so it was on then") == true)
    }

    @Test func `a registration of the target with paths of the old place is named, and check refuses it`()
        async throws
    {
        let place = try Site.small()
        addStdio(place, to: place.target)
        let item = try await place.plan().omissions.first { $0.id == "tool-server:q's tools" }
        #expect(item?.reason.contains("paths of the old place") == true)
        #expect(item?.remedy.contains("\(place.destination)/venv/bin/python") == true)
        try await place.move()
        let check = try await place.with {
            try await $0.check(WorkersCheckOrder(place.destination, neighbours: ScriptedNeighbours()), $1)
        }
        #expect(
            check.findings.contains {
                $0.kind == .toolServers && !$0.isGood && $0.text.contains("of the old place")
            }, "\(check.findings)")
    }

    @Test func `an address that the target refuses is a refusal, one that it takes is a step`() async throws {
        let place = try Site.small()
        let (old, id) = (place.source, place.agents[0].id)
        old.change { world in
            for (name, url) in [("near", "http://127.0.0.1:8007/mcp"), ("far", "https://t.example.net/mcp")] {
                _ = world.addMCPServer(name: name, url: url)
                var tool = World.tool("tool_of_\(name)", tags: ["mcp:\(name)"])
                tool["tool_type"] = "external_mcp"
                _ = world.attachTool(tool, to: id)
            }
        }
        let plan = try await place.plan()
        #expect(plan.refusals.map(\.code) == [.toolServerRefused])
        #expect(plan.refusals.first?.subject == "near")
        #expect(plan.omissions.contains { $0.id == "tool-server:far" && $0.remedy.contains("curl -X POST") })
        #expect(!"\(plan.omissions)".contains("scripted-mcp-token"))
    }
}

/// What a check says before the tree's own SMCP has been started.
@Suite(.serialized) struct PendingTests {
    private func findings(_ url: String, _ host: HostView) async throws -> [WorkersFinding] {
        let place = try Site.small()
        place.target.change { _ = $0.addMCPServer(name: "smcp", url: url) }
        try await place.move()
        return try await place.with {
            try await $0.check(
                WorkersCheckOrder(place.destination, host: host, neighbours: ScriptedNeighbours()), $1)
        }.findings.filter { $0.kind == .toolServers }
    }

    @Test func `an SMCP of the tree that is not started yet is waited for, and fails nothing`() async throws {
        // Its port is 8007.
        let found = try await findings(
            "http://tools.example.net:8007/mcp", HostView(processes: .live()))
        #expect(found.map(\.isPending) == [true] && found.allSatisfy(\.isGood), "\(found)")
        #expect(found.first?.remedy.contains("python smcp.py") == true)
    }

    @Test(arguments: [
        ("http://tools.example.net:9999/mcp", true), ("http://tools.example.net:8007/mcp", false),
    ])
    func `one that is no worker of the tree, or whose processes nobody can see, is a finding`(
        url: String, looks: Bool
    ) async throws {
        let host = looks ? HostView(processes: .live()) : HostView()
        let found = try await findings(url, host)
        #expect(found.map(\.isGood) == [false] && found.allSatisfy { !$0.isPending }, "\(found)")
    }
}
