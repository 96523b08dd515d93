/// Something that a row loses when it is rebuilt from the listing instead of
/// being read as the server keeps it.
public struct FoldLoss: Sendable, Equatable {
    /// Stable, for the fidelity statement: `fold-microseconds`.
    public let id: String
    /// What is lost, as a noun phrase.
    public let what: String
    /// What stands in its place.
    public let instead: String
    /// Only agents of some models or histories have it.
    public let isRare: Bool

    public static let all: [FoldLoss] = [
        FoldLoss(
            id: "fold-microseconds", what: "the microseconds of every message's time",
            instead: "whole seconds",
            isRare: false),
        FoldLoss(
            id: "fold-model", what: "which model wrote a message", instead: "nothing (`model` is empty)",
            isRare: false),
        FoldLoss(
            id: "fold-return-time", what: "the time inside a tool's packed answer",
            instead: "the message's time",
            isRare: false),
        FoldLoss(
            id: "fold-return-form", what: "the key order and extra keys of a tool's packed answer",
            instead: "status, message and time", isRare: false),
        FoldLoss(
            id: "fold-user-packing", what: "the envelope of user messages that were stored packed",
            instead: "the message alone", isRare: true),
        FoldLoss(
            id: "fold-merged-parts", what: "the borders between neighbouring text or reasoning parts",
            instead: "one part, with the first signature", isRare: true),
        FoldLoss(
            id: "fold-text-signature", what: "the signatures of text parts (Gemini)", instead: "none",
            isRare: true),
        FoldLoss(
            id: "fold-summarized-reasoning",
            what: "the structure of summarised reasoning, and all of it where it has no text",
            instead: "a reasoning part with the summaries as text and the encrypted content as signature",
            isRare: true),
        FoldLoss(
            id: "fold-call-parts", what: "tool calls kept as content parts (Gemini)",
            instead: "`tool_calls` alone",
            isRare: true),
        FoldLoss(
            id: "fold-invisible", what: "rows that the listing does not show: no content and no calls",
            instead: "nothing", isRare: true),
        FoldLoss(
            id: "fold-group", what: "the group and the batch item of a message", instead: "nothing",
            isRare: true),
        FoldLoss(
            id: "fold-approval", what: "old forms of approvals and of denied calls",
            instead: "the form of 0.16.8",
            isRare: true),
        FoldLoss(
            id: "fold-summary-role", what: "the role of compaction summaries whose text is not Letta's own",
            instead: "role user", isRare: true),
    ]
}
