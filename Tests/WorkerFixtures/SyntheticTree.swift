/// A tree of workers in one of the layouts that are in use, with everything
/// in it that a survey must see and a move must leave alone.
public struct SyntheticTree: Sendable {
    public enum Layout: String, Sendable, CaseIterable {
        case a, b, c, d, otto
    }

    public let layout: Layout
    /// Stands for the home folder of the workers' user.
    public let home: String
    /// To be surveyed.
    public let root: String
    public let agents: [SyntheticAgent]

    /// - Parameter home: made, with all below it.
    public init(
        _ layout: Layout, home: String, agents: [SyntheticAgent] = [.ada, .bob],
        journal: SyntheticDatabase.Journal = .walOfKilledWriter
    ) throws {
        self.layout = layout
        self.home = home
        self.agents = agents
        root = layout == .otto ? home : home + "/sanctum"
        try Disk.makeFolder(root)
        switch layout {
        case .a: try makeFolderPerAgent(journal)
        case .b: try makeSharedCode(journal)
        case .c: try makeInstaller(journal)
        case .d: try makeProduction(journal)
        case .otto: try makeOtto()
        }
    }

    /// The code folder of an agent's Broca.
    public func broca(_ agent: SyntheticAgent) -> String {
        switch layout {
        case .a: "\(root)/\(agent.id)/broca"
        case .b: "\(root)/broca2"
        case .c: "\(root)/agents/\(agent.id)/broca2/app"
        case .d: "\(root)/agents/\(agent.name)/broca"
        case .otto: root
        }
    }

    /// The database that it really opens.
    public func database(_ agent: SyntheticAgent) -> String {
        layout == .c ? "\(root)/agents/\(agent.id)/broca2/db/sanctum.db" : broca(agent) + "/sanctum.db"
    }

    public func smcp(_ agent: SyntheticAgent) -> String { "\(root)/agents/\(agent.name)/smcp" }

    // MARK: Layouts

    private func makeFolderPerAgent(_ journal: SyntheticDatabase.Journal) throws {
        try Parts.environment(root + "/venv")
        for agent in agents {
            let folder = "\(root)/\(agent.id)"
            try Parts.brocaCode(folder + "/broca")
            // The code folder has no .env: its parent's is read.
            try Disk.write(folder + "/.env", Parts.brocaEnv(agent))
            try Disk.write(folder + "/settings.json", Parts.settings)
            try SyntheticDatabase.write(database(agent), agent, journal: journal)
            // The documents say that this one is used, and it is not.
            try SyntheticDatabase.write(folder + "/sanctum.db", agent)
            try Disk.write(folder + "/logs/broca.log", "started for \(agent.id)\n")
        }
    }

    private func makeSharedCode(_ journal: SyntheticDatabase.Journal) throws {
        try Parts.brocaCode(root + "/broca2")
        try Parts.environment(root + "/broca2/venv")
        try Disk.write(root + "/broca2/.env", Parts.brocaEnv(agents[0]))
        try SyntheticDatabase.write(root + "/broca2/sanctum.db", agents[0], journal: journal)
        for agent in agents {
            let folder = "\(root)/broca2/\(agent.id)"
            try Disk.write(folder + "/.env", Parts.brocaEnv(agent))
            try Disk.write(folder + "/settings.json", Parts.settings)
            try Disk.write(
                folder + "/start.sh",
                "#!/bin/sh\ncd \(folder)\nexec \(root)/broca2/venv/bin/python ../main.py\n",
                mode: 0o755)
        }
    }

    private func makeInstaller(_ journal: SyntheticDatabase.Journal) throws {
        try Parts.environment(root + "/venv")
        for agent in agents {
            let folder = "\(root)/agents/\(agent.id)"
            try Parts.brocaCode(folder + "/broca2/app")
            try Disk.write(
                folder + "/broca2/app/.env",
                Parts.brocaEnv(agent) + "DB_PATH=\(database(agent))\nBROCA_RUN_DIR=\(folder)/broca2/run\n")
            try SyntheticDatabase.write(database(agent), agent, journal: journal)
            try Disk.write(folder + "/broca2/config/settings.json", Parts.settings)
            try Disk.write(folder + "/broca2/logs/broca.log", "quiet\n")
            try SyntheticDatabase.writeOther(folder + "/thalamus/db/thalamus.db", text: "feeds \(agent.id)")
            try Disk.write(
                "\(root)/control/units/broca-\(agent.name).service",
                Parts.unit(folder + "/broca2/app", agent, python: root + "/venv/bin/python"))
        }
        try Parts.smcpCode(root + "/smcp/app")
        try Parts.environment(root + "/smcp/venv")
        try Disk.write(root + "/smcp/app/env.smcp", Parts.smcpEnv(agents[0], root + "/smcp/app"))
        try SyntheticDatabase.writeControl(root + "/control/registry.db", agents)
        try Disk.write(root + "/control/cron/crontab", "@reboot \(root)/control/start-all.sh\n")
    }

    private func makeProduction(_ journal: SyntheticDatabase.Journal) throws {
        try Parts.environment(root + "/venv")
        for agent in agents {
            let folder = "\(root)/agents/\(agent.name)"
            try Parts.brocaCode(folder + "/broca")
            try Disk.write(folder + "/broca/.env", Parts.brocaEnv(agent))
            try Disk.write(folder + "/.env", "AGENT_ID=agent-\(SyntheticAgent.uuid(9, 9))\n", mode: 0o644)
            try Disk.write(folder + "/broca/settings.json", Parts.settings)
            try SyntheticDatabase.write(database(agent), agent, journal: journal)
            try Parts.smcpCode(folder + "/smcp")
            try Disk.write(folder + "/smcp/env.smcp", Parts.smcpEnv(agent, folder + "/smcp"))
            try Disk.write(
                folder + "/start-smcp.sh",
                "#!/bin/bash\ncd \(folder)/smcp\nset -a\n. ./env.smcp\nset +a\nexec \(root)/venv/bin/python smcp.py\n",
                mode: 0o755)
        }
        try makeOddities(agents[0])
        try SyntheticDatabase.writeControl(root + "/control/db/sanctum_ui.db", agents)
        try Parts.brocaCode(root + "/repos/broca")
    }

    /// Everything that goes wrong in a real tree, in the first agent's folder.
    private func makeOddities(_ agent: SyntheticAgent) throws {
        let broca = broca(agent)
        try Disk.write(
            "\(root)/agents/\(agent.name)/start-broca.sh",
            "#!/bin/bash\ncd \(broca)\nexport $(grep -v '^#' .env | xargs)\nexec \(root)/venv/bin/python main.py\n",
            mode: 0o755)
        try Disk.write(home + "/.pm2/dump.pm2", Parts.pm2Dump(agent, broca))
        try Disk.write(broca + "/run/broca.pid", "4194304\n")
        try Disk.write(broca + "/run/current_tasks_user_id.txt", "17")
        try Disk.makeSocket(broca + "/run/broca.sock")
        try Disk.makePipe(broca + "/pipe")
        try Disk.write(broca + "/core", [0x7F, 0x45, 0x4C, 0x46] + [UInt8](repeating: 0, count: 4_096))
        try Disk.write(broca + "/server.log", "2026-05-01 \(agent.id) answered\n")
        try Disk.write(broca + "/sanctum.db.2026-04-01", "an old copy")
        try Disk.write(broca + "/plugins/q_webchat/plugin.py", "# ours\n")
        try Disk.write(broca + "/plugins/old_bot.disabled/plugin.py", "# off\n")
        try Disk.write(broca + "/__pycache__/main.cpython-311.pyc", [0, 1, 2, 3])
        try Disk.link(broca + "/plugins/ring", to: "ring")
        // Out of the tree, and to nothing that anybody would miss.
        try Disk.write(home + "/elsewhere/README", "not a worker's\n")
        try Disk.link(broca + "/plugins/outside", to: home + "/elsewhere")
        try Disk.link(root + "/agents/here", to: ".")
        if agents.count > 1 {
            try Disk.link(
                "\(smcp(agent))/plugins/borrowed", to: "../../../\(agents[1].name)/smcp/plugins/notes")
        }
    }

    private func makeOtto() throws {
        let runtime = home + "/.otto-local/smcp-runtime"
        try Parts.environment(runtime + "/.venv")
        try Parts.smcpCode(home + "/projects/smcp")
        try Disk.write(home + "/projects/sanctum-tasks/smcp_plugins/tasks/cli.py", "# tasks\n")
        try Disk.link(runtime + "/plugins", to: "../../projects/sanctum-tasks/smcp_plugins")
        try Disk.write(
            runtime + "/env.paths",
            "SMCP_DIR=\(home)/projects/smcp\nMCP_PLUGINS_DIR=\(runtime)/plugins\nPASS_FILE=\(home)/.ssh/tasks.pass\n"
        )
        try Disk.write(
            runtime + "/run-otto-smcp-stdio.sh",
            "#!/bin/bash\nset -a\n. \(runtime)/env.paths\nset +a\nexport TASKS_SMCP_API_KEY=\"$(cat \"$PASS_FILE\")\"\n"
                + "exec \(runtime)/.venv/bin/python \(home)/projects/smcp/smcp_stdio.py\n", mode: 0o755)
        try Disk.write(home + "/.ssh/tasks.pass", "tasks-pass-17\n")
        try Disk.write(
            home + "/.cursor/mcp.json",
            "{\"mcpServers\": {\"otto\": {\"command\": \"\(runtime)/run-otto-smcp-stdio.sh\"}}}\n")
    }
}
