import LettaModel
import LosslessJSON
import Migration

/// `ferry export`.
enum ExportCommand {
    static let spec = CommandSpec(
        path: ["export"], summary: "write a complete agent file (.af) out of a snapshot",
        arguments: [ArgumentSpec(name: "FILE.ferry", help: "a snapshot")],
        flags: [
            FlagSpec(
                name: "output", short: "o", value: "FILE", help: "the .af file; must not exist",
                isRequired: true)
        ],
        discussion: """
            The file holds every message, not only those in context, and can be read by any tool that reads
            agent files. What the format has no place for is listed.
            """,
        examples: [
            .init(
                command: "ferry export ada.ferry -o ada.af", meaning: "for Letta's own import, or any other")
        ]
    ) { invocation, world in
        let result = try await Engine.export(try invocation.required(0), to: invocation.value("output") ?? "")
        world.terminal.out(world.options.isJSON ? json(result).text() + "\n" : text(result))
        return .clean
    }

    private static func text(_ result: ExportResult) -> String {
        let rules = Dictionary(grouping: result.changes, by: \.rule).sorted { $0.key < $1.key }
        var lines = rules.map { "changed: \($0.key), \($0.value.count.counted("time"))" }
        lines += result.omissions.map { "stays behind: \($0.item): \($0.reason); \($0.remedy)" }
        lines.append("\(result.path): \(result.messages.counted("message")), \(result.bytes.grouped) bytes")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func json(_ result: ExportResult) -> JSONNode {
        [
            "schema": "ferry.export/1", "path": .string(result.path), "bytes": .number("\(result.bytes)"),
            "messages": .number("\(result.messages)"), "sha256": .string(result.digest.description),
            "changes": .number("\(result.changes.count)"),
            "omissions": .array(
                result.omissions.map {
                    [
                        "id": .string($0.id), "class": .string($0.class.rawValue), "item": .string($0.item),
                        "reason": .string($0.reason), "remedy": .string($0.remedy),
                    ]
                }),
        ]
    }
}
