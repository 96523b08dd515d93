public import LettaModel
public import LosslessJSON

/// What the comparison of archives keeps of one passage.
public struct PassagePrint: Sendable, Equatable {
    public let createdAt: String
    /// Of the text alone.
    public let text: ContentDigest
    public let tags: [String]
    public let metadata: Metadata

    public enum Metadata: Sendable, Hashable {
        /// The route does not return it: equals any.
        case notRead
        /// Absent, null or `{}`.
        case none
        case some(ContentDigest)
    }

    public init(createdAt: String, text: ContentDigest, tags: [String], metadata: Metadata) {
        self.createdAt = createdAt
        self.text = text
        self.tags = tags
        self.metadata = metadata
    }

    /// - Parameters:
    ///   - passage: as a listing or a search returned it.
    ///   - hasMetadata: false for the search route, which leaves it out.
    ///   - digest: of the canonical form.
    public init(_ passage: JSONValue, hasMetadata: Bool, digest: (JSONValue) -> ContentDigest) {
        createdAt = passage["created_at"]?.string ?? ""
        text = passage["text"].map(digest) ?? ContentDigest(bytes: [])
        tags = passage["tags"]?.elements.compactMap(\.string) ?? []
        let value = passage["metadata"] ?? passage["metadata_"]
        if !hasMetadata {
            metadata = .notRead
        } else if let value, !value.isNull, value.count > 0 {
            metadata = .some(digest(value))
        } else {
            metadata = .none
        }
    }
}

extension RowPrint {
    /// Top-level fields that are no content: each export makes them anew.
    public static let dropped: Set<String> = ["id", "otid", "agent_id"]

    /// - Parameters:
    ///   - row: in export form.
    ///   - digest: of its canonical form without `RowPrint.dropped`.
    public init(_ row: JSONValue, digest: ContentDigest) {
        self.init(
            digest: digest, role: row["role"]?.string ?? "no role", createdAt: row["created_at"]?.string ?? ""
        )
    }
}
