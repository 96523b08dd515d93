import AgentFile
import LosslessJSON
import Migration

/// `ferry convert`.
enum ConvertCommand {
    static let spec = CommandSpec(
        path: ["convert"], summary: "write an agent file from before version 2 anew, for servers of today",
        arguments: [ArgumentSpec(name: "FILE", help: "an .af file of one agent; it is read, never changed")],
        flags: [MendCommand.output, MendCommand.pairs, MendCommand.rules],
        discussion: """
            Letta servers after 0.11.7 refuse files that hold one agent at their top level, with its blocks in
            core_memory. Such a file is written anew in the form of today, with its messages in their order,
            and mended as `ferry mend` does. Each change is listed with its place in FILE, and so is what the form
            of today has no place for. Values of secrets are left out; their names stay.
            """,
        examples: [
            .init(command: "ferry convert old.af -o new.af", meaning: "then load it, or import it"),
            .init(
                command: "ferry convert old.af -o new.af --tool-pairs close",
                meaning: "an agent that answered no more"),
        ]
    ) { invocation, world in
        let report = try await Engine.convert(
            try invocation.required(0), to: invocation.value("output") ?? "",
            pairs: invocation.value("tool-pairs").flatMap(ToolPairs.init(rawValue:)),
            for: try FileRules.chosen(invocation, world))
        let text = MendText(report: report, schema: "ferry.convert/1")
        world.terminal.out(world.options.isJSON ? text.json.text() + "\n" : text.plain(world.outputStyle))
        return report.left.hasErrors ? .findings : .clean
    }
}
