public import LettaModel

/// One line of the promise: a kind of thing, how it travels, what of it
/// can't be kept. docs/fidelity.md shows the same table; a test compares them.
public struct FidelityRow: Sendable, Equatable {
    public enum Fate: String, Sendable, CaseIterable {
        case moves
        /// It exists at the source and this version does not bring it.
        case loss = "stays behind"
        /// No server can keep it.
        case inherent = "cannot be kept"
    }

    /// Stable; the id of an inherent omission.
    public let id: String
    public let item: String
    public let fate: Fate
    public let read: String
    public let written: String
    /// What of it is not kept, and why; empty where nothing is lost.
    public let lost: String
    public let remedy: String
    /// The version of Ferry that this line holds since.
    public let since: String

    init(
        _ id: String, _ item: String, _ fate: Fate, read: String, written: String, lost: String = "",
        remedy: String = "", since: String = "0.1"
    ) {
        self.id = id
        self.item = item
        self.fate = fate
        self.read = read
        self.written = written
        self.lost = lost
        self.remedy = remedy
        self.since = since
    }
}

/// The fidelity table.
public enum FidelityTable {
    public static let rows: [FidelityRow] = moving + staying + inherent

    public static func row(_ id: String) -> FidelityRow? { rows.first { $0.id == id } }

    /// The line that a surrounding of this kind belongs to.
    public static func row(of kind: Surrounding.Kind) -> FidelityRow? { row(kind.rawValue) }

    /// The table of docs/fidelity.md.
    public static var markdown: String {
        let head = [
            "| Item | Fate | Read by | Written by | Not kept, and why | What you can do | Since |",
            "|---|---|---|---|---|---|---|",
        ]
        let lines = rows.map { row in
            let cells = [row.item, row.fate.rawValue, row.read, row.written, row.lost, row.remedy, row.since]
            return "| "
                + cells.map { $0.isEmpty ? "–" : $0.replacing("|", with: "\\|") }.joined(separator: " | ")
                + " |"
        }
        return (head + lines).joined(separator: "\n") + "\n"
    }

    // MARK: What moves

    private static let moving: [FidelityRow] = [
        FidelityRow(
            "messages", "Messages of the default thread", .moves,
            read: "all pages of the listing, then row by row through a temporary reader agent",
            written: "the agent file, in the source's order",
            lost: "shape rules change rows that the target could not read; each change is announced"),
        FidelityRow(
            "in-context", "Which messages are in context", .moves, read: "`message_ids` of the agent",
            written: "`in_context_message_ids` of the agent file"),
        FidelityRow(
            "agent", "Name, type, system prompt, description, metadata, model and memory settings", .moves,
            read: "`GET /v1/agents/{id}` and the export",
            written: "the agent file; the name by a last `PATCH`",
            lost: "model and embedding settings are those of the target's handle",
            remedy: "choose with `--model` and `--embedding`"),
        FidelityRow(
            "legacy", "Agents that speak by `send_message` (memgpt_agent, memgpt_v2_agent)", .moves,
            read: "as any other agent",
            written: "as they are; with `--convert-legacy` as a letta_v1_agent, the history converted",
            lost:
                "nothing, as they are; converted: heartbeats, the tool `send_message`, its returns and its tool rules, each change announced by rule",
            remedy: "`ferry plan … --convert-legacy` counts the changes and shows a turn"),
        FidelityRow(
            "blocks", "Core memory blocks", .moves,
            read: "`GET /v1/agents/{id}/core-memory/blocks`, each block again for its tags",
            written: "the agent file; compared at once and repaired where an import left something out"),
        FidelityRow(
            "tools", "Custom tools with source and schema", .moves,
            read: "`GET /v1/agents/{id}/tools`, all pages",
            written: "an agent file of tools only, create if absent",
            lost: "the target's tool of the same name stays unless you say otherwise",
            remedy: "`--tools keep` or `--tools overwrite`"),
        FidelityRow(
            "built-in-tools", "Letta's own tools", .moves, read: "`GET /v1/agents/{id}/tools`",
            written: "attached by name", lost: "their source is the target's version"),
        FidelityRow(
            "tool-rules", "Tool rules", .moves, read: "`tool_rules` of the agent", written: "the agent file"),
        FidelityRow(
            "tags", "Tags of the agent", .moves, read: "`tags` of the agent", written: "a last `PATCH`"),
        FidelityRow(
            "passages", "Archival passages with tags, metadata and time", .moves,
            read: "`GET /v1/agents/{id}/archival-memory`, all pages",
            written: "batches into an archive of the agent's own",
            lost: "metadata, where the target has no batch route; that is listed as a loss"),
        FidelityRow(
            "secrets", "Secrets and tool variables", .moves, read: "names; values only with `--copy-secrets`",
            written: "the agent file's form field",
            lost: "a value that is neither given nor copied; each is listed as a loss",
            remedy: "`--secret NAME`, `--secret NAME=@FILE` or `--copy-secrets`"),
        FidelityRow(
            "identity", "Identities with their properties", .moves,
            read: "`identity_ids` of the agent, each by `GET /v1/identities/{id}`",
            written: "`POST /v1/identities/` where the target has none of that key; attached by a `PATCH`",
            lost:
                "one of the same key that says something else stays as the target has it; that is listed as a loss. Messages keep the source's id of who sent them",
            remedy: "compare both, and change the target's: `PATCH /v1/identities/{id}`"),
        FidelityRow(
            "conversation", "Conversations beside the default thread", .moves,
            read:
                "`GET /v1/conversations/`, each with its rows; those that it shares with another thread by id",
            written:
                "its rows in the agent file; then the default thread's context is lent to them, forked, and put back; name, model and time by a `PATCH`",
            lost: "on a target without the fork route they stay behind; each is listed as a loss",
            remedy: "bring the target to Letta 0.16.8"),
    ]

    // MARK: What stays behind

    private static let staying: [FidelityRow] = [
        FidelityRow(
            "isolated-block", "Blocks of one conversation alone", .loss,
            read: "`isolated_block_ids` of the conversation", written: "not written",
            lost:
                "no route gives such a block to a conversation that has rows; it sees the agent's own block, and the source alone holds what the other says",
            remedy:
                "save it while the source lives: `GET /v1/blocks/{id}`, and tell the agent what it has to know"
        ),
        FidelityRow(
            "conversation-model", "A conversation's own model that the target does not offer", .loss,
            read: "`model` of the conversation", written: "not written",
            lost: "the conversation uses the agent's model", remedy: "name one in the file of `--map`"),
        FidelityRow(
            "identity-block", "Blocks that hang on an identity", .loss,
            read: "`block_ids` of the identity", written: "not yet",
            lost: "the link is not made; a block that is the agent's own, too, moves with the agent",
            remedy: "make the block on the target, and name it in the identity's `block_ids`"),
        FidelityRow(
            "folder", "Folders", .loss, read: "`sources` of the agent", written: "not yet",
            lost: "they belong to the server and may be shared by agents",
            remedy: "upload the files on the target and attach the folder"),
        FidelityRow(
            "file", "Files in folders", .loss, read: "`GET /v1/folders/{id}/files`", written: "not yet",
            lost: "a server returns the parsed text only, never the original bytes",
            remedy: "upload the original again"),
        FidelityRow(
            "group", "Groups (sleeptime and others)", .loss, read: "`multi_agent_group` of the agent",
            written: "not yet", lost: "the other agents of a group are agents of their own",
            remedy: "move each agent, then make the group on the target"),
        FidelityRow(
            "mcp-server", "MCP servers", .loss, read: "`GET /v1/mcp-servers/`", written: "not yet",
            lost: "they belong to the server and hold tokens",
            remedy: "add the server on the target, then attach its tools"),
        FidelityRow(
            "tool", "Tools that live on an MCP or other outside server", .loss,
            read: "`GET /v1/agents/{id}/tools`", written: "by name and schema only",
            lost: "the tool cannot be called until the target has its server",
            remedy: "add the MCP server on the target"),
        FidelityRow(
            "shared-block", "Sharing of blocks with other agents", .loss,
            read: "`GET /v1/blocks/{id}/agents`",
            written:
                "where another of them was moved before, its block is attached, if it still says the same; else a block of the agent's own",
            lost:
                "agents that were not moved keep the old block, and changes no longer reach one another; a block of the target that says something else by now is neither attached nor written over",
            remedy: "move the other agents, too"),
        FidelityRow(
            "shared-archive", "Sharing of an archive with other agents", .loss, read: "`GET /v1/archives/`",
            written:
                "where another of them was moved before, its archive is attached, if it still holds the same passages; else an archive of the agent's own",
            lost:
                "agents that were not moved keep the old archive; an archive of the target that holds other passages by now is neither attached nor written to",
            remedy: "move the other agents, too"),
        FidelityRow(
            "sandbox-variable", "Variables of the tool sandbox", .loss, read: "`GET /v1/sandbox-config/`",
            written: "not yet", lost: "they belong to the server", remedy: "set them on the target"),
        FidelityRow(
            "schedule", "Schedules", .loss, read: "`GET /v1/agents/{id}/schedule`", written: "not yet",
            lost: "two servers would both send the message",
            remedy: "make the schedule on the target once the source is at rest"),
        FidelityRow(
            "folding", "What folding cannot see", .loss,
            read: "the listing, where the native way is not used",
            written: "rows rebuilt from the listing",
            lost:
                "microseconds, model and group of a row, signatures of texts, time of tool returns, role of summaries: a listing does not show them",
            remedy: "leave out `--read-only`, so that a temporary reader agent can read the rows"),
        FidelityRow(
            "passage-metadata", "Metadata of passages on targets without a batch route", .loss,
            read: "`GET /v1/agents/{id}/archival-memory`", written: "the agent's route ignores it",
            lost: "the target has no route that takes it", remedy: "bring the target to Letta 0.16"),
    ]

    // MARK: What no server can keep

    private static let inherent: [FidelityRow] = [
        FidelityRow(
            "agent-id", "The agent's id, creation time, creator, project and template", .inherent,
            read: "kept in the snapshot", written: "made anew by the target", lost: "no route takes them",
            remedy: "give the new id to whatever calls the agent; `ferry show RUN` has it"),
        FidelityRow(
            "message-ids", "Ids of messages", .inherent, read: "kept in the snapshot",
            written: "made anew by the import",
            lost: "no route takes them", remedy: "the snapshot keeps them; place and time tell which is which"
        ),
        FidelityRow(
            "otids", "otids of assistant and tool messages", .inherent, read: "kept in the snapshot",
            written: "computed by the target", lost: "a server derives them from the row's id"),
        FidelityRow(
            "step-ids", "Step and run ids, usage, traces", .inherent, read: "kept in the snapshot",
            written: "not written", lost: "an import drops them"),
        FidelityRow(
            "is-err", "The error mark of a message (`is_err`)", .inherent, read: "kept in the snapshot",
            written: "not written", lost: "an import drops it; a tool return keeps its own status"),
        FidelityRow(
            "item-ids", "Ids of blocks, tools, passages and archives", .inherent,
            read: "kept in the snapshot",
            written: "made anew by the target", lost: "no route takes them"),
        FidelityRow(
            "conversation-form", "Ids of conversations, their system message, what of them is in context",
            .inherent, read: "kept in the snapshot",
            written: "id and system message made anew by the target",
            lost:
                "a fork takes all rows of a conversation into its context; a long one is compacted at its next turn",
            remedy: "give the new ids to whatever calls them; `ferry show RUN` has them"),
        FidelityRow(
            "embeddings", "Embeddings of passages", .inherent, read: "skipped",
            written: "made anew by the target's model",
            lost: "no route takes them"),
        FidelityRow(
            "block-history", "Undo history of blocks", .inherent, read: "not readable",
            written: "not written",
            lost: "no route shows it"),
        FidelityRow(
            "run", "Past runs", .inherent, read: "`GET /v1/runs/`", written: "not written",
            lost: "records of work that the source server did"),
        FidelityRow(
            "job", "Past jobs", .inherent, read: "`GET /v1/jobs/`", written: "not written",
            lost: "records of work that the source server did"),
    ]
}
