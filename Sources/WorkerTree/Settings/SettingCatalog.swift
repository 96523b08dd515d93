/// What the programs do with each key, and which values must stay unseen.
enum SettingCatalog {
    static func role(of key: String, for kind: WorkerKind) -> SettingRole {
        if let role = table(kind)[key] { return role }
        if kind == .broca, unread.contains(key) { return .unread }
        if looksSecret(key) { return .secret }
        return known(by: kind).contains { key.hasPrefix($0) } ? .config : .unknown
    }

    /// Whether the program, or a plugin that comes with it, looks at the key.
    static func isRead(_ key: String, by kind: WorkerKind) -> Bool {
        let role = role(of: key, for: kind)
        return role != .unread && role != .unknown
    }

    /// Whether the key is the program's by its name: the rest of a process's
    /// environment is the shell's.
    static func isOwn(_ key: String, of kind: WorkerKind) -> Bool {
        table(kind)[key] != nil || known(by: kind).contains { key.hasPrefix($0) }
    }

    /// Of an environment that was kept whole: not the shell's, systemd's or
    /// pm2's own.
    static func isWorthShowing(_ key: String, of kind: WorkerKind) -> Bool {
        if isOwn(key, of: kind) { return true }
        let shells: Set<String> = [
            "PATH", "HOME", "SHELL", "USER", "LOGNAME", "PWD", "OLDPWD", "LANG", "TERM", "SHLVL", "_",
            "DISPLAY", "MAIL", "HOSTNAME", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "STY",
            "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PS1", "EDITOR", "MEMORY_PRESSURE_WATCH", "unique_id",
        ]
        let families = ["XDG_", "SSH_", "LC_", "PM2_", "pm_", "NODE_", "LS_", "DBUS_", "WINDOW"]
        return !shells.contains(key) && !families.contains { key.hasPrefix($0) }
    }

    /// A value of its own where nothing sets the key; nil where it has none.
    static func builtIn(_ key: String, for kind: WorkerKind) -> String? {
        switch (kind, key) {
        case (.broca, "USE_BACKGROUND_PROCESSING"): "true"
        case (.broca, "LONG_TASK_MAX_WAIT"): "600"
        case (.smcp, "LETTA_SERVER_URL"): "http://127.0.0.1:8284"
        case (.smcp, "MCP_PORT"): "8000"
        default: nil
        }
    }

    /// Shown although nothing sets them.
    static func expected(of kind: WorkerKind) -> [String] {
        switch kind {
        case .broca:
            [
                "AGENT_ID", "AGENT_ENDPOINT", "AGENT_API_KEY", "USE_BACKGROUND_PROCESSING",
                "LONG_TASK_MAX_WAIT",
            ]
        case .smcp: ["LETTA_AGENT_ID", "LETTA_SERVER_URL", "MCP_PORT"]
        case .otto: []
        }
    }

    private static func table(_ kind: WorkerKind) -> [String: SettingRole] {
        kind == .broca ? broca : smcp
    }

    private static let broca: [String: SettingRole] = [
        "AGENT_ID": .agentID, "AGENT_ENDPOINT": .serverURL, "AGENT_API_KEY": .serverToken,
        "DB_PATH": .path, "TEST_DB_PATH": .path, "BROCA_RUN_DIR": .path,
        "TELEGRAM_BOT_TOKEN": .secret, "TELEGRAM_API_ID": .secret, "TELEGRAM_API_HASH": .secret,
        "TELEGRAM_SESSION_STRING": .secret, "TELEGRAM_PHONE": .secret,
        "WEB_CHAT_API_URL": .url, "WEB_CHAT_API_KEY": .secret, "TASKS_Q_BRIDGE_API_URL": .url,
        "TASKS_Q_BRIDGE_POLL_API_KEY": .secret, "SANCTUM_TMP_UPLOAD_URL": .url,
        "TELEGRAM_OWNER_ID": .config, "TELEGRAM_OWNER_USERNAME": .config,
        "TELEGRAM_REQUIRE_OWNER": .config, "TELEGRAM_MESSAGE_MODE": .config,
        "TELEGRAM_BUFFER_DELAY": .config, "TELEGRAM_AUTO_SAVE_SESSION": .config,
        "USE_BACKGROUND_PROCESSING": .config, "LONG_TASK_MAX_WAIT": .config,
        "MESSAGE_PROCESS_TIMEOUT": .config, "MESSAGE_PROCESS_TIMEOUT_BUFFER": .config,
        "DEBUG_MODE": .config, "LOG_LEVEL": .config, "ENABLE_IMAGE_HANDLING": .config,
        "ENABLE_TMPFILES_IMAGE_ADDENDUM": .config,
    ]

    private static let smcp: [String: SettingRole] = [
        "LETTA_AGENT_ID": .agentID, "LETTA_SERVER_URL": .serverURL,
        "LETTA_SERVER_PASSWORD": .serverToken, "LETTA_API_KEY": .serverToken,
        "MCP_HOST": .config, "MCP_PORT": .config, "MCP_API_KEY": .secret, "MCP_API_KEYS": .secret,
        "MCP_AUTH_DISABLED": .config, "MCP_AUTH_ALLOW_LOOPBACK": .config, "MCP_PLUGIN_TIMEOUT": .config,
        "MCP_LOG_DIR": .path, "MCP_PLUGINS_DIR": .path, "SMCP_PROFILES": .path, "PYTHONPATH": .path,
        "SMCP_ATTACH_PROFILE": .config, "SMCP_ADMIN_PREFIX": .config,
        "TASKS_API_BASE_URL": .url, "TASKS_SMCP_API_KEY": .secret, "TASKS_Q_CHATTER_FILE": .path,
        "TASKS_Q_CHATTER_USER_ID": .config, "LETTA_BASE_URL": .url, "ROUTER_URL": .url,
        "ROUTER_ADMIN_KEY": .secret, "DIARY_DB": .path, "DIARY_LETTA_EMBED_URL": .url,
        "DIARY_LETTA_EMBED_API_KEY": .secret,
        // Otto's runtime names its folders.
        "SMCP_ROOT": .path, "SMCP_DIR": .path, "SMCP_RUNTIME": .path, "VENV": .path, "PASS_FILE": .path,
        "TASKS_DIR": .path,
    ]

    /// In Broca's examples or documents, and read by none of its code.
    private static let unread: Set<String> = [
        "MESSAGE_MODE", "QUEUE_REFRESH", "MAX_RETRIES", "LETTA_API_KEY", "LETTA_API_ENDPOINT",
    ]

    private static func known(by kind: WorkerKind) -> [String] {
        kind == .broca ? ["BROCA_", "WEB_CHAT_"] : []
    }

    /// A key whose value must not be shown, whoever reads it.
    static func looksSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return ["key", "token", "secret", "passw", "pass", "session", "hash", "credential", "auth_"]
            .contains { key.contains($0) }
    }
}
