import LettaModel
import LosslessJSON
import Migration
import Report

/// `ferry export`.
enum ExportCommand {
    static let spec = CommandSpec(
        path: ["export"], summary: "write a snapshot as an agent file (.af), or for people",
        arguments: [ArgumentSpec(name: "FILE.ferry", help: "a snapshot")],
        flags: [
            FlagSpec(
                name: "output", short: "o", value: "FILE", help: "the file to write; must not exist",
                isRequired: true),
            FlagSpec(
                name: "format", value: "FORMAT",
                help: "af (default), md to be read by people, or jsonl for programs without Letta",
                choices: ["af"] + ReadableFormat.allCases.map(\.rawValue)),
            LoadFlags.convertLegacy,
        ],
        discussion: """
            The file holds every message, not only those in context, and can be read by any tool that reads
            agent files. What the format has no place for is listed.

            With --format md the agent becomes a document that needs no Letta: memory, tools, every message with
            its date and speaker, passages, and what is missing. With --format jsonl it becomes one JSON object a
            line, each thing as the server sent it.
            """,
        examples: [
            .init(
                command: "ferry export ada.ferry -o ada.af", meaning: "for Letta's own import, or any other"),
            .init(command: "ferry export ada.ferry --format md -o ada.md", meaning: "to read, print or keep"),
        ]
    ) { invocation, world in
        let snapshot = try invocation.required(0)
        let path = invocation.value("output") ?? ""
        let converts = invocation.has("convert-legacy")
        if let format = invocation.value("format").flatMap(ReadableFormat.init(rawValue:)) {
            guard !converts else { throw notReadable(format) }
            let result = try await Engine.export(snapshot, as: format, to: path)
            world.terminal.out(world.options.isJSON ? json(result).text() + "\n" : text(result))
            return .clean
        }
        let result = try await Engine.export(
            snapshot, to: path, convertsLegacy: converts)
        world.terminal.out(
            world.options.isJSON ? json(result).text() + "\n" : text(result, converts: converts))
        return .clean
    }

    private static func notReadable(_ format: ReadableFormat) -> Failure {
        Failure(
            .usage, subject: "--convert-legacy",
            reason:
                "a document of the format \(format.rawValue) shows what the snapshot holds, and converts nothing",
            remedy: "leave out --convert-legacy, or write an agent file: --format af")
    }

    private static func conversion(_ result: ExportResult) -> [String] {
        guard let kept = result.keptCalls else {
            return ["not converted: the agent is a \(result.agentType), and needs none"]
        }
        let calls =
            kept == 0 ? [] : ["kept: \(kept.counted("call")) of send_message that nobody read as a reply"]
        return ["converted: the agent is a \(result.agentType) in the file"] + calls
    }

    private static func text(_ result: ExportResult, converts: Bool) -> String {
        let rules = Dictionary(grouping: result.changes, by: \.rule).sorted { $0.key < $1.key }
        var lines = rules.map { "changed: \($0.key), \($0.value.count.counted("time"))" }
        if converts { lines += conversion(result) }
        lines += result.omissions.map(stays)
        lines.append("\(result.path): \(result.messages.counted("message")), \(result.bytes.grouped) bytes")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ result: ReadableResult) -> String {
        let counts = [
            result.blocks.counted("block"), result.tools.counted("tool"), result.messages.counted("message"),
            result.passages.counted("passage"), "\(result.bytes.grouped) bytes",
        ]
        let lines = result.omissions.map(stays) + ["\(result.path): \(counts.joined(separator: ", "))"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func stays(_ omission: Omission) -> String {
        "stays behind: \(omission.item): \(omission.reason); \(omission.remedy)"
    }

    private static func json(_ result: ReadableResult) -> JSONNode {
        [
            "schema": "ferry.export/1", "path": .string(result.path),
            "format": .string(result.format.rawValue),
            "bytes": .int(result.bytes), "blocks": .int(result.blocks), "tools": .int(result.tools),
            "messages": .int(result.messages), "passages": .int(result.passages),
            "sha256": result.digest.map { .string($0.description) } ?? .null, "changes": 0,
            "omissions": .array(result.omissions.map(json)),
        ]
    }

    private static func json(_ result: ExportResult) -> JSONNode {
        [
            "schema": "ferry.export/1", "path": .string(result.path), "format": "af",
            "bytes": .number("\(result.bytes)"),
            "messages": .number("\(result.messages)"), "sha256": .string(result.digest.description),
            "changes": .number("\(result.changes.count)"), "agent_type": .string(result.agentType),
            "kept_calls": result.keptCalls.map { .int($0) } ?? .null,
            "omissions": .array(result.omissions.map(json)),
        ]
    }

    private static func json(_ omission: Omission) -> JSONNode {
        [
            "id": .string(omission.id), "class": .string(omission.class.rawValue),
            "item": .string(omission.item),
            "reason": .string(omission.reason), "remedy": .string(omission.remedy),
        ]
    }
}
