import LettaModel
import LosslessJSON

/// The form of one agent, from before version 2 -> version 2, as far as the
/// two differ in form alone. What its rows lack is for the rules to mend.
///
/// **Bounds**: one row, and the agent with its blocks and tools.
/// **Source**: files that 0.6.47, 0.7.10, 0.10.0 and 0.11.7 wrote, and the
/// schema that 0.16.8 still has of them.
public struct LegacyConverter {
    private let name: String
    private let target: LintTarget
    private let sink: ([UInt8]) throws -> Void
    private var stream: AgentFileStream
    private var rows = LegacyRows()

    public init(name: String, target: LintTarget, to sink: @escaping ([UInt8]) throws -> Void) {
        self.name = name
        self.target = target
        self.sink = sink
        stream = AgentFileStream(name: name, streaming: ["$.messages[*]"])
    }

    /// Throws `agent-file-unreadable`, and what the sink throws.
    public mutating func feed(_ chunk: [UInt8]) throws {
        try stream.feed(chunk) { element, _ in try sink(try rows.next(element, name)) }
    }

    /// - Returns: every change of form, and what is left out or emptied.
    ///
    /// Throws `agent-file-unreadable`, also for what is version 2 already,
    /// and what the sink throws.
    public mutating func finish() throws -> LegacyChanges {
        let root = try stream.finish { element, _ in try sink(try rows.next(element, name)) }.root
        try check(root)
        if rows.count == 0 { try sink(Array(LegacyRows.head.utf8)) }
        var shell = LegacyShell(root, target)
        var agent = shell.agent().bytes()
        agent[0] = UInt8(ascii: ",")
        try sink(Array("\n]".utf8) + agent + Array("],\n".utf8))
        try sink(Array(shell.rest().bytes().dropFirst()))
        return shell.ended(
            rows, MendChange.wrapping(hasOrderMark: stream.hasOrderMark, isWrapped: stream.isWrapped))
    }

    private func check(_ root: JSONValue) throws {
        guard root["agents"] == nil else {
            throw SniffedFile.unreadable(
                name, "the file has the form of version 2 already",
                "if a server refuses it: ferry mend \(ShellWord.quoted(name)) -o NEW.af")
        }
        let failure = SniffedFile.noAgents(root, name: name)
        guard failure.code == .agentFileLegacy else { throw failure }
        for spot in TwiceKeys.spots(root) {
            if let failure = spot.finding("$", line: nil).refusal(of: name) { throw failure }
        }
    }
}

/// What a conversion changed, and where things stood before.
public struct LegacyChanges: Sendable {
    /// In the order of the old file's members; paths are those of that file.
    public let changes: [MendChange]
    /// `$.core_memory[0]` or `$.core_memory.human`, by the new file's place.
    let blocks: [String]
    /// `$.tools[3]`, by the new file's place.
    let tools: [String]
    /// Places in the old list of the context, by the new one's.
    let context: [Int]

    /// A place in the converted file -> the place in the old one.
    public func path(_ new: String) -> String {
        let (place, rest) = Self.split(new)
        switch place {
        case ("blocks", let index?): return (blocks.indices.contains(index) ? blocks[index] : "$") + rest
        case ("tools", let index?): return (tools.indices.contains(index) ? tools[index] : "$") + rest
        case ("agents", _?): return "$" + agentMember(rest)
        default: return new
        }
    }

    private func agentMember(_ rest: String) -> String {
        let list = ".in_context_message_ids"
        guard rest.hasPrefix(list) else { return rest }
        let place = Int(rest.dropFirst(list.count).dropFirst().dropLast())
        let old = place.flatMap { context.indices.contains($0) ? "[\(context[$0])]" : nil }
        return ".in_context_message_indices" + (old ?? "")
    }

    /// `$.blocks[2].value` -> blocks, 2, `.value`.
    private static func split(_ path: String) -> ((list: String, index: Int?), rest: String) {
        guard path.hasPrefix("$."), let open = path.firstIndex(of: "["),
            let close = path[open...].firstIndex(of: "]")
        else { return ((path, nil), "") }
        let list = path[path.index(path.startIndex, offsetBy: 2)..<open]
        let index = Int(path[path.index(after: open)..<close])
        return ((String(list), index), String(path[path.index(after: close)...]))
    }
}

/// Rows in their order, numbered by it.
struct LegacyRows {
    static let head = "{\"agents\":[\n{\"messages\":["
    private(set) var count = 0
    /// Rows that had a `text` and no content, and those with an id of their own.
    private(set) var texts: [Int] = []
    private(set) var ids = 0
    private(set) var updated = 0

    mutating func next(_ element: JSONElement, _ name: String) throws -> [UInt8] {
        let path = "$.messages[\(count)]"
        guard let row = try? JSONDocument(element.bytes).root, row.kind == .object else {
            throw SniffedFile.noObject(name, path)
        }
        for spot in TwiceKeys.spots(row) {
            if let failure = spot.finding(path, line: nil).refusal(of: name) { throw failure }
        }
        var node = JSONNode.shallow(row)
        note(row)
        node["id"] = .string("message-\(count)")
        node["type"] = "message"
        node["updated_at"] = .none
        if row["content"].map(\.isNull) ?? true, let text = row["text"]?.string {
            node["content"] = [.textPart(text)]
            node["text"] = .none
        }
        defer { count += 1 }
        return Array((count == 0 ? Self.head + "\n" : ",\n").utf8) + node.bytes()
    }

    /// How many places of a rule are kept by name.
    private static let kept = 200

    private mutating func note(_ row: JSONValue) {
        if row["id"].flatMap(\.present) != nil { ids += 1 }
        if row["updated_at"].flatMap(\.present) != nil { updated += 1 }
        let isText = row["content"].map(\.isNull) ?? true && row["text"]?.string != nil
        if isText, texts.count < Self.kept { texts.append(count) }
    }
}
