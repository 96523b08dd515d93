import HTTPCurl
import HostSetup
import LettaModel
import LosslessJSON

/// `ferry host plan`.
enum HostPlanCommand {
    static let spec = CommandSpec(
        path: ["host", "plan"], summary: "show what a host lacks of its config, and what stands in the way",
        flags: [
            HostFlags.config,
            FlagSpec(
                name: "root", value: "DIR",
                help: "a folder that stands for /; nothing outside of it is looked after"),
            FlagSpec(
                name: "output", short: "o", value: "FILE",
                help: "save the plan, by digests; the file must not exist"),
        ],
        discussion: """
            Reads and changes nothing. Each file with its mode and difference, packages, database,
            certificate and services; and what somebody has to decide first: a port that is taken, another
            default server, a file that was changed by hand. Passwords are covered. Exit code 1 while
            something is pending. A saved plan holds digests, no text of a file and no secret.
            """,
        examples: [.init(command: "ferry host plan", meaning: "host.json against this machine")]
    ) { invocation, world in
        let path = HostFlags.path(invocation)
        let (config, secrets) = try HostConfigStore.read(path)
        let root = HostFlags.root(invocation)
        let plan = try await HostPlanning.plan(
            config, secrets, root: root, secretsPath: HostSecrets.path(besides: path), dialer: CurlDialer())
        if let output = invocation.value("output") {
            try SavedPlan.write(plan, config: path, to: AbsolutePath.of(output))
        }
        world.terminal.out(
            world.options.isJSON
                ? plan.json.text() + "\n" : HostPlanText.text(plan, isVerbose: world.options.isVerbose))
        return plan.isDone ? .clean : .findings
    }
}
