import Hashing
import Journal
import LettaModel
import LosslessJSON

/// A block that a run made for a user, and what it wrote into it: so that it
/// can be told later whether somebody has written there since.
struct MadeBlock: Sendable, Equatable {
    let id: String
    /// Names of the fields that the run sent, a blank between them.
    let fields: String
    /// Of these fields as they were sent.
    let content: String

    private static let kept = ["label", "value", "limit", "description", "read_only", "hidden"]

    /// Those that an answer shows as they were sent.
    static func fields(of body: VerbatimJSON) throws -> String {
        let root = try JSONDocument(body).root
        return kept.filter { root[$0].map { !$0.isNull } ?? false }.joined(separator: " ")
    }

    static func digest(of body: VerbatimJSON) throws -> String {
        try digest(body, fields: fields(of: body))
    }

    private static func digest(_ json: VerbatimJSON, fields: String) throws -> String {
        let root = try JSONDocument(json).root
        var bytes: [UInt8] = []
        for field in fields.split(separator: " ").map(String.init) {
            bytes += Array(field.utf8) + [0]
            bytes += (root[field].map { Canonical.bytes($0, dropping: []) } ?? []) + [0]
        }
        return ContentDigest.ofBytes(bytes).description
    }

    /// - Parameter json: as the server shows it now.
    func isUntouched(_ json: VerbatimJSON) throws -> Bool {
        fields.isEmpty ? true : try Self.digest(json, fields: fields) == content
    }

    /// Every one that a run is known to have made.
    static func all(of run: RunID, _ journal: RunJournal) async throws -> [MadeBlock] {
        try await journal.steps(run).filter { $0.intent.kind == "target/create-block" }.compactMap { step in
            step.made("block").map {
                MadeBlock(id: $0, fields: step.detail("fields") ?? "", content: step.detail("content") ?? "")
            }
        }
    }
}
