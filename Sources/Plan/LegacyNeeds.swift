import LettaModel

/// What an agent of the old loop needs of the user, converted or not.
struct LegacyNeeds {
    let source: SourceInventory
    let choices: Choices

    var all: [Need] {
        source.conversion == nil ? [kept, nothing].compactMap(\.self) : ofConversion
    }

    /// What a conversion leaves to the user, also when it is done.
    var ofConversion: [Need] {
        source.conversion.map { [prompt, calls($0)].compactMap(\.self) } ?? []
    }

    private var agent: AgentFacts { source.agent }

    private var kept: Need? {
        guard agent.isMemGPT, !choices.convertsLegacy else { return nil }
        return Need(
            what:
                "the agent is a \(agent.type) and stays one: as letta_v1_agent its inner thoughts would be "
                + "shown to the user as replies, and its replies would lie in send_message calls",
            remedy: agent.isConvertible
                ? "nothing to do; `--convert-legacy` makes a letta_v1_agent of it, with its history converted"
                : "nothing to do")
    }

    private var nothing: Need? {
        guard choices.convertsLegacy else { return nil }
        return Need(
            what: "--convert-legacy does nothing here: the agent is a \(agent.type), and only "
                + "\(LegacyAgent.types.sorted().joined(separator: " and ")) are converted",
            remedy: "nothing to do; the agent stays what it is")
    }

    /// The prompt is the user's text, and is not written anew behind their back.
    private var prompt: Need? {
        guard !agent.loopWords.isEmpty else { return nil }
        return Need(
            what: "the system prompt stays as it is, and speaks of what a letta_v1_agent no longer has: "
                + agent.loopWords.joined(separator: ", "),
            remedy:
                "read it, and write it anew where it tells the agent how to speak: `PATCH /v1/agents/{id}` with "
                + "`system`, then `POST /v1/agents/{id}/recompile`")
    }

    private func calls(_ conversion: ConversionFacts) -> Need? {
        guard conversion.keptCalls > 0 else { return nil }
        let stay = conversion.keptCalls == 1 ? "stays a call" : "stay calls"
        return Need(
            what:
                "\(conversion.keptCalls.counted("call")) of send_message \(stay): failed, waiting for approval, "
                + "or without a message that can be read",
            remedy: "nothing to do; its words are in the history, and are shown to nobody as a reply")
    }
}

extension AgentFacts {
    /// Whether `--convert-legacy` converts it.
    var isConvertible: Bool { LegacyAgent.types.contains(type) }
}
