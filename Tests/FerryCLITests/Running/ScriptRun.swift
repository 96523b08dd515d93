import LosslessJSON
import ScriptedLetta
import WorkerFixtures

/// One run of a script: its HOME, its servers, and what was not as expected.
struct ScriptRun {
    let script: Script
    let home = Sandbox()
    private(set) var deviations: [String] = []
    /// Expectations as they would be recorded now, in order of the commands.
    private(set) var recorded: [[String]] = []
    private var servers: [String: ScriptedServer] = [:]
    private var environment: [String: String]
    private var secrets = ScriptedSecrets.inWorlds
    /// Stand in files of trees, and must never be printed.
    private var treeSecrets: [String] = []
    private var treeFolders: [String] = []
    private var masks: Masks
    private var last = Finished(status: 0, output: "", errors: "")

    init(_ script: Script) {
        self.script = script
        masks = Masks(home: home.path)
        environment = [
            "HOME": home.path, "PATH": "\(BuiltProgram.folder):/usr/bin:/bin", "LANG": "C.UTF-8",
            "COLUMNS": "80",
        ]
    }

    mutating func run() async throws {
        for step in script.steps { try await take(step) }
        deviations += home.files(holding: secrets)
        for server in servers.values { server.stop() }
        for folder in treeFolders { Disk.removeTree(folder) }
    }

    private mutating func take(_ step: Script.Step) async throws {
        switch step {
        case .server(let name, let kind, let settings): try await start(name, kind, settings)
        case .tree(let name, let layout): try plant(name, layout)
        case .variable(let name, let value, let isSecret):
            environment[name] = masks.fill(value)
            if isSecret { secrets.append(value) }
        case .file(let path, let text): home.write(text, to: path)
        case .json(let isErrors): checkJSON(isErrors)
        case .command(let command): try await run(command)
        }
    }

    /// Starts the server and gives it its name in the config.
    private mutating func start(_ name: String, _ kind: String, _ settings: [String: String]) async throws {
        let token = ScriptedSecrets.token(of: name)
        let variable = name.uppercased() + "_TOKEN"
        let server = try Servers.start(kind, settings, token: token)
        servers[name] = server
        masks.servers[name] = server.url
        environment[variable] = token
        secrets.append(token)
        let added = try await shell("ferry servers add \(name) --url \(server.url) --token-env \(variable)")
        if added.status != 0 { deviations.append("server \(name): \(added.errors)") }
    }

    /// Makes a tree of workers outside of HOME, which may hold no secret.
    private mutating func plant(_ name: String, _ layout: String) throws {
        guard let layout = SyntheticTree.Layout(rawValue: layout) else {
            deviations.append("there is no layout \(layout)")
            return
        }
        let folder = try Disk.temporaryFolder()
        treeFolders.append(folder)
        let tree = try SyntheticTree(layout, home: folder)
        masks.servers[name] = tree.root
        treeSecrets += tree.agents.flatMap { [$0.serverToken, $0.botToken] }
    }

    private func shell(_ command: String) async throws -> Finished {
        try await ChildProcess(command: command, folder: home.path, environment: environment).run()
    }

    private mutating func run(_ command: Script.Command) async throws {
        last = try await shell(masks.fill(command.text))
        masks.runs += home.runs().filter { !masks.runs.contains($0) }
        let output = Golden.lines(masks.hide(last.output))
        let errors = Golden.lines(masks.hide(last.errors)).filter { !Masks.isUnderWay($0) }
        for secret in secrets + treeSecrets where last.output.contains(secret) || last.errors.contains(secret)
        {
            deviations.append("line \(command.line): a secret is printed: \(secret)")
        }
        compare(command, output, errors)
        recorded.append(Self.block(command, last.status, output, errors))
    }

    private mutating func compare(_ command: Script.Command, _ output: [String], _ errors: [String]) {
        var wrong: [String] = []
        if last.status != command.status { wrong.append("exit \(last.status) instead of \(command.status)") }
        if !Golden.matches(command.output, output) {
            wrong.append(Self.shown("stdout", command.output, output))
        }
        if !Golden.matches(command.errors, errors) {
            wrong.append(Self.shown("stderr", command.errors, errors))
        }
        guard !wrong.isEmpty else { return }
        deviations.append("line \(command.line): \(command.text)\n" + wrong.joined(separator: "\n"))
    }

    private static func shown(_ stream: String, _ expected: [String], _ found: [String]) -> String {
        let marked = expected.map { "  expected | \($0)" } + found.map { "  found    | \($0)" }
        return "\(stream) differs:\n" + marked.joined(separator: "\n")
    }

    private static func block(
        _ command: Script.Command, _ status: Int32, _ output: [String], _ errors: [String]
    ) -> [String] {
        (status == 0 ? [] : ["exit \(status)"])
            + Golden.recorded(output, keeping: command.output).map { line($0, "1|") }
            + Golden.recorded(errors, keeping: command.errors).map { line($0, "2|") }
    }

    private static func line(_ text: String, _ mark: String) -> String {
        text.isEmpty ? mark : "\(mark) \(text)"
    }

    /// Stdout is one document, stderr one a line.
    private mutating func checkJSON(_ isErrors: Bool) {
        let documents =
            isErrors ? last.errors.split(separator: "\n").map(String.init) : [last.output]
        for text in documents where (try? JSONDocument(text)) == nil {
            deviations.append("no JSON: \(text.prefix(300))")
        }
    }
}
