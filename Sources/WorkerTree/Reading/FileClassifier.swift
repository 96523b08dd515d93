/// Which class a file is of, by its name and the folders it lies in.
enum FileClassifier {
    static let cacheFolders: Set<String> = [
        "venv", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "htmlcov",
        "node_modules",
    ]

    /// - Parameters:
    ///   - root: folders above it say nothing.
    ///   - codeFolders: whatever is of no other class in them is code.
    static func classOf(_ entry: TreeEntry, below root: String, codeFolders: [String]) -> FileClass {
        if entry.shape == .special { return .special }
        if entry.shape == .folder { return entry.name == ".git" ? .code : .cache }
        let parts = Paths.components(Paths.relative(Paths.parent(entry.path), to: root))
        let folders = entry.path == Paths.join(root, entry.name) ? [] : parts.map(String.init)
        return byPlace(entry.name, folders) ?? byName(entry.name)
            ?? byCode(entry, folders, codeFolders) ?? .other
    }

    private static func byPlace(_ name: String, _ folders: [String]) -> FileClass? {
        if isCore(name) { return .junk }
        if isKey(name, folders) { return .key }
        if folders.contains("run") || isVolatile(name) { return .volatile }
        if name.hasSuffix(".pyc") { return .cache }
        if isBackup(name) || folders.contains("backups") || folders.contains("tmp") { return .backup }
        return nil
    }

    private static func isCore(_ name: String) -> Bool {
        name == "core" || (name.hasPrefix("core.") && name.dropFirst(5).allSatisfy(\.isNumber))
    }

    private static func isKey(_ name: String, _ folders: [String]) -> Bool {
        if folders.contains(where: { [".ssh", ".gnupg"].contains($0) }) || name.hasSuffix(".pass") {
            return true
        }
        return name == ".env" && folders.last == ".letta"
    }

    private static func isVolatile(_ name: String) -> Bool {
        name.hasSuffix(".pid") || ["broca.lock", "broca2.lock", "dump.pm2"].contains(name)
            || name == "current_tasks_user_id.txt"
    }

    private static func isBackup(_ name: String) -> Bool {
        let endings = [".bak", ".old", ".orig", "~"]
        return endings.contains { name.hasSuffix($0) } || name.contains(".bak.")
            || name.hasPrefix("sanctum.db.")
    }

    private static func byName(_ name: String) -> FileClass? {
        if isSecret(name) { return .secret }
        if isState(name) { return .state }
        if isConfig(name) { return .config }
        if name.hasSuffix(".log") || name.contains(".log.") { return .log }
        return nil
    }

    private static func isSecret(_ name: String) -> Bool {
        if name == ".env" { return true }
        if name.hasPrefix(".env.") {
            return !["example", "sample", "template", "dist"].contains { name.hasSuffix($0) }
        }
        let endings = [".session", ".pem", ".key", ".pickle", "_secret.txt", "_api_key.txt", ".env"]
        if endings.contains(where: { name.hasSuffix($0) }) { return true }
        let isTokenFile = ["telegram_session_", "token", "credentials"].contains { name.hasPrefix($0) }
        return ["env.smcp", "env.paths"].contains(name) || (isTokenFile && name.hasSuffix(".json"))
    }

    static func isState(_ name: String) -> Bool {
        let endings = ["", "-wal", "-shm", "-journal"]
        return [".db", ".sqlite", ".sqlite3"].contains { kind in
            endings.contains { name.hasSuffix(kind + $0) }
        }
    }

    private static func isConfig(_ name: String) -> Bool {
        ["settings.json", "telegram_ignore_list.json", "mcp.json", "mcp_config.json"].contains(name)
            || name.hasSuffix(".service") || name.hasSuffix(".timer") || name.hasSuffix("profiles.json")
    }

    private static func byCode(_ entry: TreeEntry, _ folders: [String], _ codeFolders: [String]) -> FileClass?
    {
        if codeFolders.contains(where: { Paths.isInside(entry.path, $0) }) {
            return folders.last == "logs" ? .log : .code
        }
        if folders.contains("logs") { return .log }
        if folders.contains("config") || entry.name.hasSuffix(".sh") { return .config }
        if folders.contains("plugins") || folders.contains("repos") { return .code }
        return entry.name.hasSuffix(".py") ? .code : nil
    }
}
