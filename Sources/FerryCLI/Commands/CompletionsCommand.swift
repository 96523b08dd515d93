import Journal
import LettaModel
import Migration

/// `ferry completions`: scripts for shells, and the values that they ask for.
enum CompletionsCommand {
    static let spec = CommandSpec(
        path: ["completions"],
        summary: "print a completion script for a shell",
        arguments: [
            ArgumentSpec(
                name: "WHAT",
                help:
                    "a shell: bash, zsh or fish; or what its script asks for: servers or runs, one per line",
                choices: ["bash", "zsh", "fish", "servers", "runs"])
        ],
        discussion: """
            The script completes commands, flags, their values, names of servers and ids of runs; it asks no \
            server. `make install` puts it where bash, zsh and fish look for it; otherwise write what it prints into \
            the file that the examples name.
            """,
        examples: [
            .init(
                command: "ferry completions bash",
                meaning: "for ~/.local/share/bash-completion/completions/ferry"),
            .init(command: "ferry completions zsh", meaning: "for _ferry in a folder of $fpath"),
            .init(command: "ferry completions fish", meaning: "for ~/.config/fish/completions/ferry.fish"),
        ]
    ) { invocation, world in
        let table = CompletionTable(commands: CommandTable.all, globals: GlobalOptions.flags)
        switch try invocation.required(0) {
        case "zsh": world.terminal.out(ZshCompletion.script(table))
        case "fish": world.terminal.out(FishCompletion.script(table))
        case "servers":
            world.terminal.out(lines(try ServersFile(in: world.configFolder()).entries.map(\.name)))
        case "runs": world.terminal.out(lines(try await runs(world)))
        default: world.terminal.out(BashCompletion.script(table))
        }
        return .clean
    }

    private static func runs(_ world: World) async throws -> [String] {
        // A look makes no journal.
        guard PrivateFile.exists(try world.stateFolder() + "/journal.db") else { return [] }
        return try await Session.with(world, ProgressPrinter(world)) { engine in
            try await engine.journal.runs().map(\.id.description)
        }
    }

    private static func lines(_ words: [String]) -> String { words.map { $0 + "\n" }.joined() }
}
