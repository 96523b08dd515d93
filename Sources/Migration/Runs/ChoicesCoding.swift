import Journal
import Plan

/// Choices as the journal keeps them, and back: a resumed run chooses again
/// what the user chose.
enum ChoicesCoding {
    /// - Parameter workers: trees that the end of the run is to look at.
    static func encode(_ choices: Choices, _ options: CaptureOptions, workers: [String] = []) throws
        -> RunChoices
    {
        var values: [String: RunChoices.Value] = [
            "tools": .text(choices.tools.rawValue), "copy-secrets": .flag(choices.copiesSecrets),
            "read-only": .flag(options.isReadOnly), "accept-changing": .flag(options.acceptsChanges),
        ]
        values["model"] = choices.model.map { .text($0) }
        values["embedding"] = choices.embedding.map { .text($0) }
        if !choices.handles.isEmpty {
            values["map-models"] = .list(pairs(choices.handles.models))
            values["map-embeddings"] = .list(pairs(choices.handles.embeddings))
        }
        if choices.leavesIdentities { values["identities"] = .text("leave") }
        if choices.convertsLegacy { values["convert-legacy"] = .flag(true) }
        if choices.leavesConversations { values["conversations"] = .text("leave") }
        values["as"] = choices.name.map { .text($0) }
        switch choices.acceptance {
        case .all: values["accept"] = .list(["all"])
        case .ids(let ids): values["accept"] = .list(ids.sorted())
        }
        if !workers.isEmpty { values["workers"] = .list(workers) }
        switch choices.live {
        case .off: break
        case .baseTool: values["live"] = .flag(true)
        case .tool(let name): values["live-tool"] = .text(name)
        }
        return try RunChoices(values, secretNames: choices.secrets.sorted())
    }

    static func decode(_ record: RunChoices) -> (Choices, CaptureOptions) {
        let values = record.values
        var choices = Choices(secrets: Set(record.secretNames))
        choices.tools = text(values["tools"]).flatMap(Choices.Tools.init(rawValue:)) ?? .fail
        choices.model = text(values["model"])
        choices.embedding = text(values["embedding"])
        choices.handles = HandleMap(
            models: handles(values["map-models"]), embeddings: handles(values["map-embeddings"]))
        choices.leavesIdentities = text(values["identities"]) == "leave"
        choices.convertsLegacy = flag(values["convert-legacy"])
        choices.leavesConversations = text(values["conversations"]) == "leave"
        choices.name = text(values["as"])
        choices.copiesSecrets = flag(values["copy-secrets"])
        let accepted = list(values["accept"])
        choices.acceptance = accepted == ["all"] ? .all : .ids(Set(accepted))
        if flag(values["live"]) { choices.live = .baseTool }
        if let tool = text(values["live-tool"]) { choices.live = .tool(tool) }
        let options = CaptureOptions(
            isReadOnly: flag(values["read-only"]), acceptsChanges: flag(values["accept-changing"]))
        choices.reader = options.isReadOnly ? .folded : .native
        return (choices, options)
    }

    static func workers(_ record: RunChoices) -> [String] { list(record.values["workers"]) }

    /// Old and new in turn.
    private static func pairs(_ handles: [String: String]) -> [String] {
        handles.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    }

    private static func handles(_ value: RunChoices.Value?) -> [String: String] {
        let list = list(value)
        var handles: [String: String] = [:]
        for place in stride(from: 0, to: list.count - 1, by: 2) { handles[list[place]] = list[place + 1] }
        return handles
    }

    private static func text(_ value: RunChoices.Value?) -> String? {
        if case .text(let text) = value { text } else { nil }
    }

    private static func flag(_ value: RunChoices.Value?) -> Bool {
        if case .flag(let flag) = value { flag } else { false }
    }

    private static func list(_ value: RunChoices.Value?) -> [String] {
        if case .list(let list) = value { list } else { [] }
    }
}
