import HostSetup
import LettaModel
import LosslessJSON

/// `ferry host render`.
enum HostRenderCommand {
    static let spec = CommandSpec(
        path: ["host", "render"], summary: "write all files of a host into a folder, and touch nothing else",
        flags: [
            FlagSpec(name: "out", value: "DIR", help: "a folder that is missing or empty", isRequired: true),
            HostFlags.config,
            FlagSpec(name: "nginx-version", value: "N.N.N", help: "the nginx that will read them"),
        ],
        discussion: """
            For a review, or for a tool of yours that brings files to hosts. Files with passwords are 0600,
            in folders of 0700.
            """,
        examples: [.init(command: "ferry host render --out rendered", meaning: "the files of host.json")]
    ) { invocation, world in
        let path = HostFlags.path(invocation)
        let (config, secrets) = try HostConfigStore.read(path)
        var version = NginxVersion.usual
        if let text = invocation.value("nginx-version") {
            guard let given = NginxVersion(text) else {
                throw UsageError.badValue(
                    "nginx-version", text, "is no version", "write --nginx-version 1.22.1")
            }
            version = given
        }
        let folder = AbsolutePath.of(try invocation.value("out") ?? invocation.required(0))
        let files = try HostPlanning.render(
            config, secrets, nginx: version, into: folder, secretsPath: HostSecrets.path(besides: path))
        let json: JSONNode = [
            "schema": "ferry.host-render/1", "folder": .string(folder),
            "files": .array(
                files.map {
                    [
                        "path": .string($0.path), "mode": .string("0" + String($0.mode, radix: 8)),
                        "sha256": .string($0.digest.description),
                    ]
                }),
        ]
        world.terminal.out(
            world.options.isJSON
                ? json.text() + "\n"
                : files.map { "0\(String($0.mode, radix: 8))  \($0.path)\n" }.joined()
                    + "\(files.count.counted("file")) in \(folder)\n")
        return .clean
    }
}
