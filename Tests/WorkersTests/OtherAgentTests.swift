import LettaModel
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// Whatever starts a worker decides whom it speaks to, and a line that nobody
/// understood must not do so unseen.
@Suite(.serialized) struct OtherAgentTests {
    private static let agent = "agent-\(SyntheticAgent.uuid(7, 7))"

    private func effective(_ place: Site, _ host: HostView? = nil) throws -> (agent: String?, from: String?) {
        let found = try WorkerSurvey.of(place.tree.root, on: host ?? place.order.host)
        let broca = found.workers.first { $0.kind == .broca }
        return (broca?.agentID, broca?.setting("AGENT_ID")?.origin.path)
    }

    /// A place whose only starter is the one that a test writes.
    private func bare() throws -> (place: Site, broca: String, folder: String) {
        let place = try Site.small()
        let folder = "\(place.tree.root)/agents/ada"
        Disk.remove(folder + "/start-broca.sh")
        Disk.removeTree(place.tree.home + "/.pm2")
        return (place, place.tree.broca(place.agents[0]), folder)
    }

    @Test(
        arguments: [
            "ExecStart=/bin/bash -lc 'cd BROCA && AGENT_ID=OTHER exec python main.py'",
            "WorkingDirectory=BROCA\nEnvironment=AGENT_ID=OTHER\nExecStart=FOLDER/run-it",
            "WorkingDirectory=FOLDER\nEnvironment=AGENT_ID=OTHER\nExecStart=run-it",
            "ExecStart=/usr/bin/env AGENT_ID=OTHER python BROCA/main.py",
        ])
    func `a unit that starts by a shell or a script says whom the worker speaks to`(lines: String) throws {
        let (place, broca, folder) = try bare()
        try Disk.write(folder + "/run-it", "#!/bin/sh\ncd \(broca) && exec python main.py\n", mode: 0o755)
        let units = place.folder + "/units"
        let text =
            "[Service]\n"
            + lines.replacing("BROCA", with: broca).replacing("FOLDER", with: folder)
            .replacing("OTHER", with: Self.agent)
        try Disk.write(units + "/ada.service", text + "\n")
        var host = place.order.host
        host.unitFolders = [units]
        let found = try effective(place, host)
        #expect(found.agent == Self.agent && found.from == units + "/ada.service", "\(found)")
    }

    @Test(
        arguments: [
            "AGENT_ID=OTHER\n@reboot cd BROCA && python main.py\n",
            "@reboot cd BROCA && AGENT_ID=OTHER python main.py\n",
            "@reboot screen -dmS ada bash -c \"cd BROCA && AGENT_ID=OTHER python main.py\"\n",
            "AGENT_ID=OTHER\n@reboot FOLDER/run-it\n",
        ])
    func `a crontab says whom the worker speaks to`(text: String) throws {
        let (place, broca, folder) = try bare()
        try Disk.write(folder + "/run-it", "#!/bin/sh\ncd \(broca) && exec python main.py\n", mode: 0o755)
        let path = place.folder + "/crontabs/ada"
        try Disk.write(
            path,
            text.replacing("BROCA", with: broca).replacing("FOLDER", with: folder)
                .replacing("OTHER", with: Self.agent))
        var host = place.order.host
        host.cronFiles = [path]
        let found = try effective(place, host)
        #expect(found.agent == Self.agent && found.from == path, "\(found)")
    }

    @Test
    func `a file that a read file reads says whom the worker speaks to, and the copy speaks to the new one`()
        async throws
    {
        let (place, broca, folder) = try bare()
        let old = place.agents[0].id
        try Disk.write(
            folder + "/go", "#!/usr/bin/env bash\ncd \(broca)\n. ../one\nexec python main.py\n", mode: 0o755)
        try Disk.write(folder + "/one", ". ../two\n")
        try Disk.write(folder + "/two", "AGENT_ID=\(old)\nexport AGENT_ID\n")
        let found = try effective(place)
        #expect(found.agent == old && found.from == folder + "/two")
        try await place.move()
        let who = try await place.with {
            try await $0.who(place.destination, $1.target, host: HostView(temporaryFolder: place.folder))
        }
        #expect(who.first { $0.kind == "broca" }?.standing == .right)
        #expect(
            try Disk.text(place.destination + "/agents/ada/two").contains(
                "AGENT_ID=\(place.moved[old] ?? "")\n"))
    }

    @Test func `a line that sets another agent is a loss of its own, and makes who and check fail`()
        async throws
    {
        let (place, broca, _) = try bare()
        Disk.remove("\(place.tree.root)/agents/ada/.env")
        try Disk.write(broca + "/start.fish", "# set AGENT_ID \(Self.agent)\nset -x AGENT_ID \(Self.agent)\n")
        let id = "other-agent:agents/ada/broca/start.fish:\(Self.agent)"
        let plan = try await place.plan()
        let loss = plan.omissions.first { $0.id.hasPrefix("other-agent:") }
        #expect(loss?.id == id && loss?.class == .loss && loss?.item == "agents/ada/broca/start.fish:2")
        var order = place.order
        order.accepted = Set(plan.omissions.map(\.id)).subtracting([id])
        let refused = await BadTreeTests.failure { [order] in try await place.move(order) }
        #expect(refused?.code == .lossesNotAccepted && refused?.remedy.contains(id) == true)
        func who(_ path: String) async throws -> WorkersWho? {
            try await place.with {
                try await $0.who(path, $1.target, host: HostView(temporaryFolder: place.folder))
            }.first { $0.kind == "broca" }
        }
        let before = try await who(place.tree.root)
        #expect(before?.isWrong == true && before?.otherAgents.first?.contains("start.fish:2") == true)
        try await place.move()
        // Nobody is told twice of what was agreed to.
        #expect(try await who(place.destination)?.isWrong == false)
        let new = place.moved[place.agents[0].id] ?? ""
        let worse = "agent-\(SyntheticAgent.uuid(8, 8))"
        try Disk.write(place.destination + "/agents/ada/broca/extra", "AGENT_ID=\(new)\nAGENT_ID=\(worse)\n")
        #expect(try await who(place.destination)?.otherAgents.count == 1)
        let check = try await place.with {
            try await $0.check(
                WorkersCheckOrder(
                    place.destination, host: HostView(temporaryFolder: place.folder),
                    neighbours: ScriptedNeighbours()), $1)
        }
        let found = check.findings.filter { $0.kind == .settings }
        #expect(found.filter { !$0.isGood }.map(\.subject) == ["agents/ada/broca/extra:2"], "\(found)")
        #expect(found.contains { $0.isGood && $0.subject.hasSuffix("start.fish:2") })
    }

    @Test
    func `a unit or crontab of the host that names the worker's folder is looked at, whatever it starts`()
        async throws
    {
        let (place, broca, folder) = try bare()
        let (unit, table) = (place.folder + "/units/ada.service", place.folder + "/cron/ada")
        let start = "WorkingDirectory=\(broca)\nExecStart=/usr/local/bin/launcher\n"
        try Disk.write(unit, "[Service]\n" + start)
        try Disk.write(unit + ".d/a.conf", "[Service]\nEnvironment=AGENT_ID=\(Self.agent)\n")
        try Disk.write(
            place.folder + "/units/else.service",
            "[Service]\nWorkingDirectory=\(folder)2/broca\nEnvironment=AGENT_ID=\(Self.agent)\nExecStart=/bin/x\n"
        )
        try Disk.write(table, "@reboot AGENT_ID=\(Self.agent) /usr/local/bin/launcher \(broca)\n")
        try Disk.write(place.folder + "/cron/else", "AGENT_ID=\(Self.agent)\n@reboot /srv/else/main.py\n")
        var host = place.order.host
        host.unitFolders = [place.folder + "/units"]
        host.cronFiles = [table, place.folder + "/cron/else"]
        let found = try WorkerSurvey.of(place.tree.root, on: host).otherAgents.filter {
            $0.agent == Self.agent
        }
        #expect(Set(found.map(\.path)) == [unit + ".d/a.conf", table], "\(found)")
    }

    @Test(
        arguments: [
            "start.sh|set -a; source <(grep -v '^#' OTHER); set +a; cd BROCA && exec python main.py # on",
            "start.sh|cd BROCA\nexport $(xargs < OTHER)\nexec python main.py",
            "start.sh|cd BROCA\nwhile IFS= read -r l; do export \"$l\"; done < OTHER\npython main.py",
            "start.sh|cd BROCA && exec uv run --env-file ../../bob/broca/.env python main.py",
            "start.sh|cp OTHER BROCA/.env && cd BROCA && python main.py",
            "compose.yml|services:\n  ada:\n    env_file: [../bob/broca/.env]",
        ])
    func `a line by which a worker takes another one's file of secrets is a loss, and is agreed to once`(
        form: String
    ) async throws {
        let place = try Site(.d)
        let other = place.tree.broca(place.agents[1]) + "/.env"
        let parts = form.split(separator: "|", maxSplits: 1).map(String.init)
        let text = parts[1].replacing("OTHER", with: other)
            .replacing("BROCA", with: place.tree.broca(place.agents[0]))
        let start = "\(place.tree.root)/agents/ada/\(parts[0])"
        try Disk.write(start, text + "\n# \(other)\n", mode: 0o755)
        let found = try WorkerSurvey.of(place.tree.root, on: place.order.host).otherAgents.filter {
            $0.path == start
        }
        #expect(found.map(\.source) == [other] && found.map(\.agent) == [place.agents[1].id], "\(found)")
        let id = "other-agent:agents/ada/\(parts[0]):agents/bob/broca/.env"
        #expect(try await place.plan().omissions.contains { $0.id == id && $0.class == .loss })
        try await place.move()
        let who = try await place.with {
            try await $0.who(place.destination, $1.target, host: HostView(temporaryFolder: place.folder))
        }
        let told: [String] = Array(who.map(\.otherAgents).joined()).filter { $0.contains(parts[0]) }
        #expect(told.isEmpty, "\(told)")
    }

    @Test func `a token in a file outside the tree is named, and retire is refused until it is out`()
        async throws
    {
        let (place, broca, folder) = try bare()
        let outside = place.folder + "/etc/broca.env"
        try Disk.write(outside, "TELEGRAM_BOT_TOKEN=1:LIVE\n")
        try Disk.write(
            folder + "/go",
            "#!/bin/sh\ncd \(broca)\n. \(outside)\nexport TELEGRAM_BOT_TOKEN\npython main.py\n",
            mode: 0o755)
        let seen = try WorkerSurvey.of(place.tree.root, on: place.order.host)
        #expect(seen.notes.contains { $0.id == "secret-outside" && $0.subject == outside })
        let plan = try await place.plan()
        let told = plan.omissions.first { $0.id == "secrets:\(outside)" }
        #expect(told?.reason.contains("TELEGRAM_BOT_TOKEN") == true && told?.remedy.contains(outside) == true)
        var order = place.order
        order.retires = true
        let refusals = try await place.plan(order).refusals
        #expect(refusals.map(\.subject) == ["TELEGRAM_BOT_TOKEN in \(outside):1"], "\(refusals)")
        #expect(refusals.first?.code == .envValueRefused)
        #expect(try Disk.text(outside) == "TELEGRAM_BOT_TOKEN=1:LIVE\n")
    }
}

extension Disk {
    fileprivate static func text(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }
}
