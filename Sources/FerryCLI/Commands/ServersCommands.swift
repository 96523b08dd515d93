import LettaModel
import LettaServer
import LosslessJSON

/// `ferry servers`, `servers add`, `servers rm`.
enum ServersCommands {
    static let list = CommandSpec(
        path: ["servers"], summary: "list the servers that ferry knows by name",
        discussion: """
            Names live in `servers.json` in $XDG_CONFIG_HOME/ferry (0600). The file says where a token
            comes from; it never holds one.
            """,
        examples: [.init(command: "ferry servers", meaning: "names, URLs, and where each token comes from")]
    ) { invocation, world in
        let file = try ServersFile(in: try world.configFolder())
        if world.options.isJSON {
            world.terminal.out(
                (["schema": "ferry.servers/1", "servers": .array(file.entries.map(\.shown.json))] as JSONNode)
                    .text() + "\n")
        } else if file.entries.isEmpty {
            world.terminal.out(
                "no servers yet; add one: ferry servers add NAME --url https://… --token-env NAME\n")
        } else {
            world.terminal.out(Columns.render(file.entries.map { row($0.shown) }))
        }
        return .clean
    }

    static let add = CommandSpec(
        path: ["servers", "add"], summary: "give a server a name",
        arguments: [ArgumentSpec(name: "NAME", help: "what you will call it: cloud, home, old")],
        flags: [
            FlagSpec(
                name: "url", value: "URL", help: "where it answers, with or without /v1", isRequired: true),
            FlagSpec(
                name: "token-env", value: "VARIABLE", help: "the environment variable that holds its token"),
            FlagSpec(
                name: "token-file", value: "PATH",
                help: "a file that holds its token, or PATH#KEY of a .env file"),
            FlagSpec(name: "token-command", value: "COMMAND", help: "a shell command that prints its token"),
            FlagSpec(
                name: "ca-file", value: "PATH", help: "a PEM file with the authority of its certificate"),
            FlagSpec(name: "project", value: "ID", help: "the project, on Letta Cloud"),
        ],
        examples: [
            .init(
                command:
                    "ferry servers add home --url https://letta.example.org --token-file ~/.letta/.env#LETTA_SERVER_PASSWORD",
                meaning: "the token is read from the file whenever it is needed")
        ]
    ) { invocation, world in
        let entry = try entry(invocation)
        var file = try ServersFile(in: try world.configFolder())
        try file.add(entry)
        let added: JSONNode = ["schema": "ferry.server-added/1", "server": entry.json]
        world.terminal.out(
            world.options.isJSON
                ? added.text() + "\n" : "added \(entry.name); try it: ferry agents --at \(entry.name)\n")
        return .clean
    }

    static let remove = CommandSpec(
        path: ["servers", "rm"], summary: "forget the name of a server; nothing on the server changes",
        arguments: [ArgumentSpec(name: "NAME", help: "the name to forget")],
        examples: [.init(command: "ferry servers rm old", meaning: "its name is free again")]
    ) { invocation, world in
        var file = try ServersFile(in: try world.configFolder())
        let name = try invocation.required(0)
        try file.remove(name)
        let removed: JSONNode = ["schema": "ferry.server-removed/1", "name": .string(name)]
        world.terminal.out(world.options.isJSON ? removed.text() + "\n" : "forgot \(name)\n")
        return .clean
    }

    private static func entry(_ invocation: Invocation) throws -> ServerEntry {
        let name = try invocation.required(0)
        let url = invocation.value("url") ?? ""
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw UsageError.badValue(
                "url", ServerURL.redacted(url), "is no http or https URL", "write --url https://HOST[:PORT]")
        }
        let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw UsageError.badValue(
                "url", "https://…@…", "holds a user or a password", "use --token-env or --token-file")
        }
        _ = try ServerURL.normalized(url, of: name)
        try checkVariable(invocation.value("token-env"))
        let sources = [
            invocation.value("token-env").map(TokenSource.environment),
            invocation.value("token-file").map { .file(AbsolutePath.of($0)) },
            invocation.value("token-command").map(TokenSource.command),
        ].compactMap { $0 }
        guard sources.count <= 1 else {
            throw Failure(
                .usage, subject: "ferry servers add", reason: "a token comes from one place",
                remedy: "give one of --token-env, --token-file, --token-command")
        }
        return ServerEntry(
            name: name, url: url, token: sources.first,
            caFile: invocation.value("ca-file").map(AbsolutePath.of),
            project: invocation.value("project"))
    }

    /// Somebody may give the token itself where its variable's name belongs:
    /// it must reach neither the file nor the screen.
    private static func checkVariable(_ name: String?) throws {
        guard let name else { return }
        let isName = name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || $0 == 0x5F
        }
        guard isName, name.first?.isNumber == false else {
            throw UsageError.badValue(
                "token-env", "…", "is not the name of an environment variable",
                "put the token into a variable and name that: --token-env HOME_TOKEN")
        }
    }

    private static func row(_ entry: ServerEntry) -> [String] {
        [
            entry.name, entry.url, entry.token?.description ?? "no token",
            entry.project.map { "project \($0)" } ?? "",
        ]
    }
}
