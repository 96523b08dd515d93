/// What is wrong with workers only when they are seen side by side.
enum PairNotes {
    static func of(_ workers: [Worker]) -> [TreeNote] {
        shared(
            workers, "shared-database",
            text: "is opened by several workers, so any of them may take any message"
        ) {
            $0.database?.path
        }
            + sharedKey(workers, "TELEGRAM_BOT_TOKEN") + sharedKey(workers, "TELEGRAM_SESSION_STRING")
            + chatterFiles(workers)
    }

    private static func shared(
        _ workers: [Worker], _ id: String, text: String, _ key: (Worker) -> String?
    ) -> [TreeNote] {
        let groups = Dictionary(grouping: workers.filter { key($0) != nil }) { key($0) ?? "" }
        return groups.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map {
            TreeNote(id, .warning, subject: $0.key, text: text, remedy: "split it by hand before a move")
        }
    }

    /// Two pollers on one token take each other's messages.
    private static func sharedKey(_ workers: [Worker], _ key: String) -> [TreeNote] {
        let users = workers.filter { $0.setting(key)?.value?.isEmpty == false }
        let groups = Dictionary(grouping: users) { $0.setting(key)?.value?.text ?? "" }
        return groups.values.filter { $0.count > 1 }.map { group in
            TreeNote(
                "shared-token", .warning, subject: group.map(\.codeFolder).sorted().joined(separator: ", "),
                text: "have the same \(key): two that listen with it take each other's messages")
        }
    }

    /// Broca writes who speaks, SMCP's tools read it.
    private static func chatterFiles(_ workers: [Worker]) -> [TreeNote] {
        workers.compactMap { broca in
            guard let folder = broca.setting("BROCA_RUN_DIR")?.value?.text, let agent = broca.agentFolder,
                let smcp = workers.first(where: { $0.kind == .smcp && $0.agentFolder == agent }),
                let file = smcp.setting("TASKS_Q_CHATTER_FILE")?.value?.text, Paths.parent(file) != folder
            else { return nil }
            return TreeNote(
                "chatter-file-differs", .warning, subject: smcp.codeFolder,
                text: "TASKS_Q_CHATTER_FILE is not in Broca's BROCA_RUN_DIR, so tools may act as another user"
            )
        }
    }
}
