import Home
import LettaModel
import LosslessJSON
import Snapshot

/// A stretch of the history that the source cannot list, from capture to
/// plan: a loss with a name, never a silence.
enum Gap {
    static func document(_ stretch: UnreachableStretch<SourceSide>, position: Int) -> Document {
        let json: JSONNode = [
            "after": stretch.after.map { .string($0.raw) } ?? .null,
            "before": stretch.before.map { .string($0.raw) } ?? .null, "reason": .string(stretch.reason),
        ]
        return Document(kind: .gap, key: "\(position)", name: "gap", position: position, json: json.bytes())
    }

    static func omission(_ document: Document) -> Omission {
        let root = (try? JSONDocument(document.json))?.root
        let after = root?["after"]?.string ?? "the beginning"
        let before = root?["before"]?.string ?? "the end"
        return Omission(
            id: "gap:\(document.key)", class: .loss, item: "messages between \(after) and \(before)",
            reason: "the source cannot list them: \(root?["reason"]?.string ?? "no reason known")",
            remedy: "a broken row stands there; the server's log names it")
    }
}
