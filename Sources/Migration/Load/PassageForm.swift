import Hashing
import Home
import LettaModel
import LosslessJSON

/// A passage as it is sent and as it is recognised: time, text, tags,
/// metadata; all else is made anew by the target.
struct PassageForm {
    let createdAt: String
    let text: String
    let tags: [String]
    let metadata: JSONNode
    let draft: PassageDraft
    /// Equal for two passages that are the same to a reader, whatever zone
    /// their time is written in and whatever order their tags come in.
    let digest: ContentDigest

    /// - Parameter hasMetadata: false for a target that takes none: then a
    ///   passage is recognised without it.
    init(_ json: VerbatimJSON, hasMetadata: Bool = true) throws {
        let root = try JSONDocument(json).root
        let written = root["created_at"]?.string ?? ""
        createdAt = Instant(written)?.text ?? written
        text = root["text"]?.string ?? ""
        tags = root["tags"]?.elements.compactMap(\.string) ?? []
        let own = root["metadata"].flatMap { $0.kind == .object ? JSONNode($0) : nil }
        metadata = hasMetadata ? own ?? [:] : [:]
        var draft: JSONNode = [:]
        draft["text"] = root["text"].map { JSONNode($0) } ?? .string("")
        draft["tags"] = .array(tags.map { .string($0) })
        draft["metadata"] = metadata
        draft["created_at"] = .string(createdAt)
        self.draft = PassageDraft(createdAt: createdAt, json: draft.bytes())
        draft["tags"] = .array(Set(tags).sorted().map { .string($0) })
        digest = ContentDigest.ofCanonical(try JSONDocument(draft.bytes()).root, dropping: [])
    }
}
