import LettaModel
import LosslessJSON

/// The Markdown document: holds only where it is.
struct ReadableBook: Sendable {
    private var agentName = ""
    /// The day of the last message.
    private var day = ""

    mutating func text(of item: ReadableItem) throws -> String {
        switch item {
        case .head(let head):
            agentName = head.agentName
            return Self.head(head)
        case .section(let section, let count):
            day = ""
            return Self.section(section, count)
        case .agent(let json): return Self.agent(try JSONDocument(json).root)
        case .block(let json): return Self.block(try JSONDocument(json).root)
        case .tool(let json): return Self.tool(try JSONDocument(json).root)
        case .surrounding(let thing):
            return "- \(MarkdownText.inline(thing.kind.rawValue)) \(MarkdownText.inline(thing.name))\n"
        case .message(let message): return try self.message(message)
        case .passage(let json): return Self.passage(try JSONDocument(json).root)
        case .omission(let omission): return Self.omission(omission)
        }
    }

    private mutating func message(_ message: ReadableMessage) throws -> String {
        let page = ReadablePage(try JSONDocument(message.row).root, agentName: agentName)
        let time = Self.time(page.date ?? message.date)
        let today = String(time.prefix(10))
        let heading = today == day ? "" : "\n### \(MarkdownText.inline(today))\n"
        day = today
        let head =
            "**\(message.number) · \(MarkdownText.inline(time)) · \(MarkdownText.inline(page.speaker))**"
        return heading + "\n" + ([head] + page.parts).joined(separator: "\n\n") + "\n"
    }

    /// `2026-05-02 13:11:12`, in UTC; as it is written where that is no time.
    static func time(_ written: String) -> String {
        guard let instant = Instant(written) else { return written }
        return String(instant.text.prefix(19)).replacing("T", with: " ")
    }

    // MARK: Sections

    private static func head(_ head: ReadableHead) -> String {
        var facts = [
            "- read from \(MarkdownText.inline(head.source))",
            "- read at \(time(head.startedAt))" + (head.finishedAt.map { " to \(time($0))" } ?? "")
                + " (times are UTC)",
        ]
        if let movement = head.movement {
            facts.append("- while it was read the source changed: \(MarkdownText.inline(movement))")
        }
        return "# \(MarkdownText.inline(head.agentName))\n\n" + facts.joined(separator: "\n") + "\n"
    }

    private static func section(_ section: ReadableSection, _ count: Int) -> String {
        let title =
            switch section {
            case .memory: "Memory"
            case .tools: "Tools"
            case .surroundings: "Around the agent"
            case .conversation(.main): "Messages"
            case .conversation(let thread): "Messages of \(MarkdownText.inline(thread.key))"
            case .passages: "Archival passages"
            case .omissions: "What is not in this file"
            }
        let figure = section == .omissions ? "" : " (\(count.grouped))"
        return "\n## \(title)\(figure)\n" + (count == 0 ? "\nNone.\n" : section.isList ? "\n" : "")
    }

    private static func agent(_ agent: JSONValue) -> String {
        let config = agent["llm_config"]
        let facts: [(name: String, value: String?)] = [
            ("id", agent["id"]?.string), ("kind", agent["agent_type"]?.string),
            ("made", agent["created_at"]?.string.map(time)),
            ("model", agent["model"]?.string ?? config?["handle"]?.string ?? config?["model"]?.string),
            ("context window", config?["context_window"]?.int.map { "\($0.grouped) tokens" }),
            (
                "embedding",
                agent["embedding"]?.string ?? agent["embedding_config"]?["embedding_model"]?.string
            ),
            ("tags", words(agent["tags"])), ("in context", agent["message_ids"].map(inContext)),
        ]
        let list = facts.compactMap { fact in
            fact.value.map { "- \(fact.name): \(MarkdownText.inline($0))\n" }
        }
        var parts = [list.joined()]
        if let text = nonEmpty(agent["description"]) { parts.append(MarkdownText.fenced(text) + "\n") }
        if let text = nonEmpty(agent["system"]) {
            parts.append("## Instructions\n\n\(MarkdownText.fenced(text))\n")
        }
        return parts.joined(separator: "\n")
    }

    private static func inContext(_ ids: JSONValue) -> String { ids.count.counted("message") }

    private static func block(_ block: JSONValue) -> String {
        var lines = ["### \(MarkdownText.inline(block["label"]?.string ?? "without label"))"]
        if let text = nonEmpty(block["description"]) { lines.append("*\(MarkdownText.inline(text))*") }
        if block["read_only"]?.bool == true { lines.append("The agent may not change it.") }
        lines.append(nonEmpty(block["value"]).map { MarkdownText.fenced($0) } ?? "Empty.")
        return "\n" + lines.joined(separator: "\n\n") + "\n"
    }

    private static func tool(_ tool: JSONValue) -> String {
        let kind = tool["tool_type"]?.string.map { " (\(MarkdownText.inline($0)))" } ?? ""
        var lines = ["### \(MarkdownText.inline(tool["name"]?.string ?? "without name"))\(kind)"]
        let described = nonEmpty(tool["description"]) ?? nonEmpty(tool["json_schema"]?["description"])
        lines.append(described.map { MarkdownText.fenced($0) } ?? "Without description.")
        if let source = nonEmpty(tool["source_code"]) {
            let isPython = (tool["source_type"]?.string ?? "python") == "python"
            lines.append(MarkdownText.fenced(source, language: isPython ? "python" : "text"))
        }
        return "\n" + lines.joined(separator: "\n\n") + "\n"
    }

    private static func passage(_ passage: JSONValue) -> String {
        let date = passage["created_at"]?.string.map(time) ?? "without date"
        let tags = words(passage["tags"]).map { " · \($0)" } ?? ""
        let text = passage["text"]?.string ?? ""
        return "\n**\(MarkdownText.inline(date + tags))**\n\n\(MarkdownText.fenced(text))\n"
    }

    private static func omission(_ omission: Omission) -> String {
        let remedy = omission.remedy.isEmpty ? "" : "; \(MarkdownText.inline(omission.remedy))"
        return "- \(MarkdownText.inline(omission.item)): \(MarkdownText.inline(omission.reason))\(remedy)\n"
    }

    private static func words(_ list: JSONValue?) -> String? {
        let words = list?.elements.compactMap(\.string) ?? []
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    private static func nonEmpty(_ value: JSONValue?) -> String? {
        value?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension ReadableSection {
    /// Its items are lines of one list.
    var isList: Bool { self == .surroundings || self == .omissions }
}
