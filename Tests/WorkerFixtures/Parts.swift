/// Pieces that trees are put together from.
enum Parts {
    /// Files by which a Broca is known; none of its code.
    static func brocaCode(_ folder: String) throws {
        try Disk.write(folder + "/main.py", "# starts the worker\n")
        try Disk.write(folder + "/database/models.py", "# tables\n")
        try Disk.write(folder + "/runtime/core/queue.py", "# queue\n")
        try Disk.write(folder + "/plugins/telegram_bot/plugin.py", "# reads TELEGRAM_BOT_TOKEN\n")
        try Disk.write(folder + "/requirements.txt", "letta-client>=1.0.0\n")
        try Disk.write(folder + "/.git/HEAD", "ref: refs/heads/main\n")
        try Disk.write(folder + "/.git/refs/heads/main", commit + "\n")
    }

    static let commit = "1b368f9000000000000000000000000000000001"

    static func smcpCode(_ folder: String) throws {
        try Disk.write(folder + "/smcp.py", "# serves tools\n")
        try Disk.write(folder + "/smcp_stdio.py", "# serves tools over stdio\n")
        try Disk.write(folder + "/governor.py", "# limits\n")
        try Disk.write(folder + "/plugins/notes/cli.py", "# notes\n")
    }

    /// A virtual environment, with its absolute path in a first line.
    static func environment(_ folder: String) throws {
        try Disk.write(folder + "/pyvenv.cfg", "home = /usr/bin\n")
        try Disk.write(folder + "/bin/pip", "#!\(folder)/bin/python\n", mode: 0o755)
        let packages = folder + "/lib/python3.11/site-packages"
        for name in ["letta_client-1.12.1", "aiosqlite-0.20.0", "python_dotenv-1.0.0"] {
            try Disk.write("\(packages)/\(name).dist-info/METADATA", "Name: \(name)\n")
        }
    }

    /// Quotes, `#`, letters of other scripts, an expansion and a key that
    /// nobody reads.
    static func brocaEnv(_ agent: SyntheticAgent) -> String {
        """
        # Worker of \(agent.name)
        export AGENT_ID=\(agent.id)
        AGENT_ENDPOINT=\(agent.serverURL)
        AGENT_API_KEY="\(agent.serverToken)"   # the server's password
        TELEGRAM_BOT_TOKEN='\(agent.botToken)'
        TELEGRAM_OWNER_ID=90001
        WEB_CHAT_API_URL=https://chat.lan/api/v1
        WEB_CHAT_API_KEY=wck#\(agent.name)#é
        LOG_LEVEL=INFO # loud enough
        GREETING="Grüße, ${HOME}"
        QUEUE_REFRESH=5
        LOG_LEVEL=DEBUG

        """
    }

    static func smcpEnv(_ agent: SyntheticAgent, _ folder: String) -> String {
        """
        LETTA_AGENT_ID=\(agent.id)
        LETTA_SERVER_URL=\(agent.serverURL)
        LETTA_SERVER_PASSWORD="\(agent.serverToken)"
        MCP_PORT=8007
        MCP_API_KEY=mcp-\(agent.name)-key
        MCP_PLUGINS_DIR=\(folder)/plugins

        """
    }

    static let settings = """
        {"debug_mode": false, "queue_refresh": 5, "max_retries": 3, "message_mode": "live",
         "plugins": {"telegram_bot": {"enabled": true}}}

        """

    static func unit(_ folder: String, _ agent: SyntheticAgent, python: String) -> String {
        """
        [Unit]
        Description=Broca of \(agent.name)

        [Service]
        WorkingDirectory=\(folder)
        Environment="AGENT_ENDPOINT=\(agent.serverURL)/" LOG_LEVEL=WARNING
        ExecStart=\(python) \\
            \(folder)/main.py
        Restart=always

        [Install]
        WantedBy=default.target

        """
    }

    /// An environment that pm2 kept from the day it was saved.
    static func pm2Dump(_ agent: SyntheticAgent, _ folder: String) -> String {
        """
        [{"name": "broca-\(agent.name)", "pm_cwd": "\(folder)", "pm_exec_path": "\(folder)/main.py",
          "env": {"AGENT_ID": "\(agent.id)", "LOG_LEVEL": "ERROR", "HOME": "/root"}}]

        """
    }
}
