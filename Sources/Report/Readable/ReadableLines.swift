import LettaModel
import LosslessJSON

/// JSON Lines: one object a line, its `type` first, the thing itself under
/// `item`, byte for byte but for white space between tokens.
enum ReadableLines {
    static func line(of item: ReadableItem) throws -> [UInt8] {
        guard let node = try node(of: item) else { return [] }
        return node.bytes() + [0x0A]
    }

    private static func node(of item: ReadableItem) throws -> JSONNode? {
        switch item {
        case .section: nil
        case .head(let head): self.head(head)
        case .agent(let json): ["type": "agent", "item": try verbatim(json)]
        case .block(let json): ["type": "block", "item": try verbatim(json)]
        case .tool(let json): ["type": "tool", "item": try verbatim(json)]
        case .passage(let json): ["type": "passage", "item": try verbatim(json)]
        case .surrounding(let thing):
            [
                "type": "surrounding", "kind": .string(thing.kind.rawValue), "id": .string(thing.id),
                "name": .string(thing.name), "item": try verbatim(thing.json),
            ]
        case .message(let message):
            [
                "type": "message", "thread": .string(message.thread.key), "number": .int(message.number),
                "id": .string(message.id), "date": .string(message.date),
                "form": .string(message.form.rawValue), "item": try verbatim(message.verbatim),
            ]
        case .omission(let omission):
            [
                "type": "omission", "id": .string(omission.id), "class": .string(omission.class.rawValue),
                "item": .string(omission.item), "reason": .string(omission.reason),
                "remedy": .string(omission.remedy),
            ]
        }
    }

    private static func head(_ head: ReadableHead) -> JSONNode {
        [
            "type": "snapshot", "schema": "ferry.lines/1", "agent": .string(head.agentName),
            "source": .string(head.source), "started_at": .string(head.startedAt),
            "finished_at": head.finishedAt.map { .string($0) } ?? .null,
            "movement": head.movement.map { .string($0) } ?? .null,
        ]
    }

    /// A line end between two tokens would end the line.
    private static func verbatim(_ json: VerbatimJSON) throws -> JSONNode {
        .verbatim(try JSONDocument(json).root.minified())
    }
}
