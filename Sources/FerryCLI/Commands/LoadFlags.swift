import LettaModel
import Migration
import Plan

/// The flags of everything that loads, and what they mean.
enum LoadFlags {
    static let choices: [FlagSpec] = [
        FlagSpec(name: "as", value: "NAME", help: "the agent's name on the target; its own by default"),
        FlagSpec(
            name: "tools", value: "POLICY",
            help:
                "what happens to a custom tool that the target has with other source: fail (default), keep the "
                + "target's, overwrite it for every agent there", choices: ["fail", "keep", "overwrite"]),
        FlagSpec(
            name: "model", value: "HANDLE", help: "a model handle of the target instead of the agent's own"),
        FlagSpec(
            name: "embedding", value: "HANDLE",
            help: "an embedding handle of the target instead of the agent's own"),
        FlagSpec(
            name: "map", value: "FILE",
            help:
                "which handles of the target stand for those of the source, as JSON; --model and --embedding say more"
        ),
        FlagSpec(
            name: "identities", value: "POLICY",
            help: "whether the agent's identities come along: bring (default) or leave",
            choices: ["bring", "leave"]),
        convertLegacy,
        FlagSpec(
            name: "conversations", value: "POLICY",
            help: "whether the conversations beside the default thread come along: bring (default) or leave",
            choices: ["bring", "leave"]),
        FlagSpec(
            name: "secret", value: "NAME[=@FILE]",
            help: "give the agent's secret NAME its value from the environment, or from a file",
            isRepeatable: true),
        FlagSpec(
            name: "accept", value: "ID",
            help: "agree to the loss ID that the plan lists; `all` agrees to every one",
            isRepeatable: true),
    ]

    static let convertLegacy = FlagSpec(
        name: "convert-legacy",
        help: "make a letta_v1_agent of a memgpt agent, with its history converted")

    static let agentOfFile = FlagSpec(
        name: "agent", value: "NAME", help: "which agent of an .af file that holds several")

    static let copySecrets = FlagSpec(
        name: "copy-secrets", help: "bring the secret values that the source shows")

    static let capture: [FlagSpec] = [
        FlagSpec(
            name: "read-only",
            help:
                "write nothing at all to the source server: no temporary reader agent; the history is rebuilt from "
                + "its listing (whole seconds, no signatures of later parts)"),
        FlagSpec(
            name: "accept-changing", help: "take an agent that is in use as it is, and say so in the snapshot"
        ),
    ]

    static let live: [FlagSpec] = [
        FlagSpec(
            name: "live",
            help: "chat with a temporary copy afterwards and have it call one of Letta's own tools"),
        FlagSpec(
            name: "live-tool", value: "NAME", help: "the same with a tool of the agent's own; it really runs"),
    ]

    static let yes = FlagSpec(
        name: "yes", short: "y", help: "do not ask; go on with the losses that the plan lists")

    static func choices(_ invocation: Invocation) throws -> Choices {
        let accepted = invocation.values("accept")
        var choices = Choices()
        choices.tools = invocation.value("tools").flatMap(Choices.Tools.init(rawValue:)) ?? .fail
        choices.model = invocation.value("model")
        choices.embedding = invocation.value("embedding")
        if let file = invocation.value("map") {
            choices.handles = try HandleMap(try PrivateFile.read(file, upTo: 1 << 20), file: file)
        }
        choices.leavesIdentities = invocation.value("identities") == "leave"
        choices.convertsLegacy = invocation.has("convert-legacy")
        choices.leavesConversations = invocation.value("conversations") == "leave"
        choices.name = invocation.value("as")
        choices.secrets = Set(invocation.values("secret").map { SecretReader.name(of: $0) })
        choices.copiesSecrets = invocation.has("copy-secrets")
        // Whoever asks for --read-only has been told what folding loses.
        let implied = invocation.has("read-only") ? ["folding"] : []
        choices.acceptance = accepted.contains("all") ? .all : .ids(Set(accepted + implied))
        choices.reader = invocation.has("read-only") ? .folded : .native
        if let tool = invocation.value("live-tool") {
            choices.live = .tool(tool)
        } else if invocation.has("live") {
            choices.live = .baseTool
        }
        return choices
    }

    static func options(_ invocation: Invocation) -> CaptureOptions {
        CaptureOptions(
            isReadOnly: invocation.has("read-only"), acceptsChanges: invocation.has("accept-changing"))
    }

    static func order(_ invocation: Invocation, _ world: World) throws -> LoadOrder {
        let choices = try choices(invocation)
        let secrets = try SecretReader(environment: world.environment).values(of: invocation.values("secret"))
        let asks = !invocation.has("yes") && Question.canAsk(world)
        return LoadOrder(
            choices: choices, options: options(invocation), secrets: secrets,
            confirm: Confirming(world: world, choices: choices, asks: asks).callAsFunction)
    }
}

/// `--secret NAME` and `--secret NAME=@FILE`.
struct SecretReader {
    let environment: [String: String]

    static func name(of argument: String) -> String {
        String(argument.prefix { $0 != "=" })
    }

    func values(of arguments: [String]) throws -> [String: Secret] {
        var values: [String: Secret] = [:]
        for argument in arguments { values[Self.name(of: argument)] = try value(argument) }
        return values
    }

    private func value(_ argument: String) throws -> Secret {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 2 else {
            guard let value = environment[argument], !value.isEmpty else {
                throw Failure(
                    .secretMissing, subject: "--secret \(argument)",
                    reason: "the environment has no \(argument)",
                    remedy: "export \(argument)=…, or name a file: --secret \(argument)=@FILE")
            }
            return Secret(value)
        }
        guard parts[1].hasPrefix("@") else {
            throw Failure(
                .usage, subject: "--secret \(parts[0])=…",
                reason: "a value on the command line is seen by every user of the machine",
                remedy:
                    "put it into a file: --secret \(parts[0])=@FILE, or into the environment: --secret \(parts[0])"
            )
        }
        let bytes = try PrivateFile.read(String(parts[1].dropFirst()), upTo: 1 << 20)
        var text = String(decoding: bytes, as: UTF8.self)
        if text.hasSuffix("\n") { text.removeLast() }
        return Secret(text)
    }
}
