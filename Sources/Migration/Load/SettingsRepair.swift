import Home
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// Settings that an import resets: 0.16.8 ignores `model_settings` of an
/// agent file, and the form field `model` brings the target's own context
/// window. What differs from the snapshot is patched, nothing else.
struct SettingsRepair {
    let context: LoadContext
    let agent: TargetID<AgentKind>

    private static let fields = [
        "description", "metadata", "timezone", "response_format", "message_buffer_autoclear",
        "max_files_open", "per_file_view_window_char_limit",
    ]

    func run() async throws {
        let state = try await context.home.agent(agent)
        let there = try JSONDocument(state.json).root
        let wanted = context.contents.agent.root
        var patch: [JSONMember] = []
        let isOtherModel = context.choices.model != nil
        for field in Self.fields {
            guard let value = wanted[field], !value.isNull, !Self.isSame(value, there[field]) else {
                continue
            }
            patch.append(JSONMember(key: field, value: JSONNode(value)))
        }
        if !isOtherModel, let settings = Self.modelSettings(wanted, there) {
            patch.append(JSONMember(key: "model_settings", value: settings))
        }
        let rules = try JSONDocument(context.contents.toolRules.rules).root
        if wanted["tool_rules"].map({ !$0.isNull }) ?? false, !Self.isSame(rules, there["tool_rules"]) {
            patch.append(JSONMember(key: "tool_rules", value: JSONNode(rules)))
        }
        if !isOtherModel, let window = context.contents.contextWindow,
            there["llm_config"]?["context_window"]?.int != window
        {
            patch.append(JSONMember(key: "context_window_limit", value: .int(window)))
        }
        if !patch.isEmpty { try await send(patch, over: there) }
        try await repairCompaction(wanted["compaction_settings"], there["compaction_settings"])
    }

    /// What to write into `model_settings`, a view of `llm_config` that belongs
    /// to the model; nil for nothing. Of parallel calls 0.16.8 shows `true`
    /// there whatever is set, 0.16.4 what is set: `llm_config` tells.
    private static func modelSettings(_ wanted: JSONValue, _ there: JSONValue) -> JSONNode? {
        let key = "parallel_tool_calls"
        guard let value = wanted["model_settings"], !value.isNull else { return nil }
        var settings = JSONNode.shallow(value)
        guard let parallel = wanted["llm_config"]?[key], !parallel.isNull else {
            return isSame(value, there["model_settings"]) ? nil : settings
        }
        let other = there["model_settings"] ?? value
        let isSet = Canonical.bytes(parallel) == (there["llm_config"]?[key]).map { Canonical.bytes($0) }
        let rest = nulls(value).union([key])
        let restIsSame =
            Canonical.bytes(value, dropping: rest)
            == Canonical.bytes(other, dropping: nulls(other).union([key]))
        if isSet, restIsSame, there["model_settings"] != nil { return nil }
        settings[key] = JSONNode(parallel)
        return settings
    }

    private func send(_ members: [JSONMember], over there: JSONValue) async throws {
        context.progress(.note("agent: repairing \(members.map(\.key).joined(separator: ", "))"))
        let before = members.map { member in
            JSONMember(key: member.key, value: there[member.key].map { JSONNode($0) } ?? .null)
        }
        try await context.ledger.perform(
            .patchAgent(agent, json: JSONNode.object(members).bytes()),
            preImage: JSONNode.object(before).bytes())
    }

    /// 0.16.8 overwrites the prompt with its default when the mode rides in
    /// the same request, so the prompt follows alone.
    private func repairCompaction(_ wanted: JSONValue?, _ there: JSONValue?) async throws {
        guard let wanted, !wanted.isNull, !Self.isSame(wanted, there) else { return }
        context.progress(.note("agent: repairing compaction_settings"))
        try await patchCompaction(JSONNode(wanted))
        guard let prompt = wanted["prompt"], !prompt.isNull else { return }
        try await patchCompaction(["prompt": JSONNode(prompt)])
    }

    private func patchCompaction(_ settings: JSONNode) async throws {
        let patch: JSONNode = ["compaction_settings": settings]
        try await context.ledger.perform(.patchAgent(agent, json: patch.bytes()))
    }

    /// A null is as good as nothing, in the server's own settings.
    private static func isSame(_ wanted: JSONValue, _ there: JSONValue?) -> Bool {
        guard let there else { return wanted.isNull }
        return Canonical.bytes(wanted, dropping: nulls(wanted))
            == Canonical.bytes(there, dropping: nulls(there))
    }

    private static func nulls(_ value: JSONValue) -> Set<String> {
        Set(value.members.filter { $0.value.isNull }.map(\.key))
    }
}
