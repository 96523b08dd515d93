import Home

/// One line of the playbook's validation checklist, with what was seen.
public struct CheckLine: Sendable, Equatable {
    public enum Status: Sendable, Equatable {
        case ok
        case failed
        /// With the reason.
        case notApplicable(String)
        /// With the command that would run it.
        case notRun(String)
    }

    public let check: Check
    public let status: Status
    public let evidence: String

    init(_ check: Check, _ status: Status, _ evidence: String) {
        self.check = check
        self.status = status
        self.evidence = evidence
    }
}

/// The lines of the checklist, in order.
public enum Check: String, Sendable, CaseIterable {
    case agentType = "agent-type"
    case visibleReply = "visible-reply"
    case pagination
    case archival
    case blocks
    case live
    case exportRoundTrip = "export-round-trip"

    public var title: String {
        switch self {
        case .agentType: "agent type"
        case .visibleReply: "a visible reply lists as assistant_message"
        case .pagination: "full message pagination"
        case .archival: "archival passages"
        case .blocks: "core memory blocks"
        case .live: "live chat and one tool call"
        case .exportRoundTrip: "export round trip"
        }
    }

    public var why: String {
        switch self {
        case .agentType: "decides whether text lists as assistant_message or as reasoning_message"
        case .visibleReply: "what the user saw must not be buried in reasoning"
        case .pagination: "one bad row hides its whole page behind a 400 or 500"
        case .archival: "passages do not ride in an agent file"
        case .blocks: "persona, human and summaries are the agent's self"
        case .live: "end to end, not only at rest"
        case .exportRoundTrip: "reasoning and text must stand in one row, not split in two"
        }
    }
}
