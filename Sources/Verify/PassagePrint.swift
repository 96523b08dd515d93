public import LettaModel

/// What the comparison of archives keeps of one passage.
public struct PassagePrint: Sendable, Equatable {
    public let createdAt: String
    /// Of the text alone.
    public let text: ContentDigest
    public let tags: [String]
    /// Of the metadata object; nil where the route does not return it, which
    /// equals any.
    public let metadata: ContentDigest?

    public init(createdAt: String, text: ContentDigest, tags: [String], metadata: ContentDigest?) {
        self.createdAt = createdAt
        self.text = text
        self.tags = tags
        self.metadata = metadata
    }
}
