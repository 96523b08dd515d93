import HostSetup
import LettaModel
import LosslessJSON

/// `ferry host init`.
enum HostInitCommand {
    static let spec = CommandSpec(
        path: ["host", "init"], summary: "write the config of a new home for agents, and its passwords",
        arguments: [
            ArgumentSpec(
                name: "NAME", help: "the host name that browsers call; asked for at a terminal",
                isRequired: false)
        ],
        flags: [HostFlags.config] + fields.map(HostFlags.field),
        discussion: """
            Writes one small JSON file, and beside it a file of mode 0600 with generated passwords, which
            neither the config nor the command line ever holds. Without NAME, at a terminal, it asks. A
            database or a Letta of yours has its secret in LETTA_PG_URI or LETTA_SERVER_PASSWORD of the
            environment.
            """,
        examples: [
            .init(
                command: "ferry host init letta.example.org --mail you@example.org",
                meaning: "Letta under systemd, a certificate by ACME, a database here")
        ]
    ) { invocation, world in
        var config = HostConfig()
        for field in fields {
            if let text = invocation.flags[field.key]?.joined(separator: ",") {
                try field.set(text, in: &config)
            }
        }
        if let name = invocation.argument(0) {
            config.name = name
        } else if world.terminal.isInputTTY, world.terminal.isErrorTTY {
            try ask(invocation, world, &config)
        }
        config = try config.checked()
        let path = HostFlags.path(invocation)
        let given = [HostSecrets.uri, HostSecrets.password].compactMap { name in
            world.environment[name].flatMap { $0.isEmpty ? nil : (name, Secret($0)) }
        }
        let known = Dictionary(uniqueKeysWithValues: given)
        try HostSecrets.checkGiven(known, for: config)
        let secrets = HostSecrets.generated(for: config, given: known)
        try HostConfigStore.create(config, secrets, at: path)
        let hidden = HostSecrets.path(besides: path)
        let next = "ferry host plan --config \(Invocation.quoted(path))"
        let json: JSONNode = [
            "schema": "ferry.host-init/1", "config": .string(path), "secrets": .string(hidden),
            "next": .string(next),
        ]
        world.terminal.out(
            world.options.isJSON
                ? json.text() + "\n"
                : "wrote \(path), and passwords in \(hidden); see what it means: \(next)\n")
        return .clean
    }

    private static let fields = HostField.all.filter { $0.key != "name" }

    private static func ask(_ invocation: Invocation, _ world: World, _ config: inout HostConfig) throws {
        for field in HostField.all where field.isAsked && !invocation.has(field.key) {
            var isAnswered = false
            while !isAnswered {
                let usual = field.shown(in: config)
                world.terminal.err("\(field.key): \(field.help)\(usual.isEmpty ? "" : " [\(usual)]"): ")
                guard let answer = readLine() else { throw CancellationError() }
                do {
                    if !answer.isEmpty { try field.set(answer, in: &config) }
                    isAnswered = true
                } catch let failure as Failure {
                    world.terminal.err("\(failure.subject): \(failure.reason)\n")
                }
            }
        }
    }
}

/// What the commands of a host have in common.
enum HostFlags {
    static let config = FlagSpec(name: "config", value: "FILE", help: "the config of the host")

    static func path(_ invocation: Invocation) -> String {
        AbsolutePath.of(invocation.value("config") ?? "host.json")
    }

    /// Empty: the host itself.
    static func root(_ invocation: Invocation) -> String {
        var root = invocation.value("root").map(AbsolutePath.of) ?? ""
        while root.hasSuffix("/") { root.removeLast() }
        return root
    }

    static func field(_ field: HostField) -> FlagSpec {
        switch field.kind {
        case .text: FlagSpec(name: field.key, value: "TEXT", help: field.help)
        case .number: FlagSpec(name: field.key, value: "N", help: field.help)
        case .flag: FlagSpec(name: field.key, value: "YES", help: field.help, choices: ["yes", "no"])
        case .choice(_, let choices):
            FlagSpec(name: field.key, value: "WAY", help: field.help, choices: choices)
        case .list: FlagSpec(name: field.key, value: "LIST", help: field.help, isRepeatable: true)
        }
    }
}
