import Home
import LettaModel
import LosslessJSON
import Snapshot

/// A stretch of the history that the source cannot list, from capture to
/// plan: a loss with a name, never a silence.
enum Gap {
    /// - Parameter conversation: nil for the default thread.
    static func document(
        _ stretch: UnreachableStretch<SourceSide>, position: Int, in conversation: String? = nil
    ) -> Document {
        let json: JSONNode = [
            "after": stretch.after.map { .string($0.raw) } ?? .null,
            "before": stretch.before.map { .string($0.raw) } ?? .null, "reason": .string(stretch.reason),
        ]
        let key = conversation.map { "\($0)/\(position)" } ?? "\(position)"
        return Document(kind: .gap, key: key, name: "gap", position: position, json: json.bytes())
    }

    /// Those of conversations are found anew each time.
    static func isOfConversation(_ document: Document) -> Bool { document.key.contains("/") }

    static func omission(_ document: Document) -> Omission {
        if let dangling = DanglingID(document) { return dangling.omission }
        let root = (try? JSONDocument(document.json))?.root
        let place =
            isOfConversation(document) ? " of conversation \(document.key.prefix { $0 != "/" })" : ""
        let after = root?["after"]?.string ?? "the beginning"
        let before = root?["before"]?.string ?? "the end"
        return Omission(
            id: "gap:\(document.key)", class: .loss, item: "messages\(place) between \(after) and \(before)",
            reason: "the source cannot list them: \(root?["reason"]?.string ?? "no reason known")",
            remedy: "a broken row stands there; the server's log names it")
    }
}

/// An id in an agent file that nothing in the file bears: a loss with a name.
///
/// Kept among the gaps, since it is one: something that the source can't show.
struct DanglingID: Equatable {
    /// `block`, `tool` or `message`.
    let kind: String
    let id: String

    func document(at position: Int) -> Document {
        let json: JSONNode = ["missing": .string(kind), "id": .string(id)]
        return Document(kind: .gap, key: id, name: "dangling id", position: position, json: json.bytes())
    }

    init(kind: String, id: String) {
        self.kind = kind
        self.id = id
    }

    init?(_ document: Document) {
        guard let root = (try? JSONDocument(document.json))?.root, let kind = root["missing"]?.string,
            let id = root["id"]?.string
        else { return nil }
        self.init(kind: kind, id: id)
    }

    var omission: Omission {
        Omission(
            id: "missing:\(id)", class: .loss,
            item: kind == "message" ? "message \(id) in context" : "\(kind) \(id)",
            reason: "the agent file names it and does not hold it",
            remedy: "export the agent again, or go on without it: --accept missing:\(id)")
    }
}
