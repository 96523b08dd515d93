/// What a move takes: requests, bytes, time. An estimate from measured times,
/// never a promise.
public struct CostEstimate: Sendable, Equatable {
    public var stages: [Stage]
    /// Passages that the target embeds again, at its model's price.
    public var embeddings: Int
    /// About four bytes to a token.
    public var embeddingTokens: Int
    /// Sentences, lower case: what may go wrong by size.
    public var warnings: [String]

    /// One stage of the move.
    public struct Stage: Sendable, Equatable {
        public var name: String
        public var requests: Int
        /// Both directions.
        public var bytes: Int
        public var seconds: Double

        public init(name: String, requests: Int, bytes: Int, seconds: Double) {
            self.name = name
            self.requests = requests
            self.bytes = bytes
            self.seconds = seconds
        }
    }

    public init(stages: [Stage], embeddings: Int = 0, embeddingTokens: Int = 0, warnings: [String] = []) {
        self.stages = stages
        self.embeddings = embeddings
        self.embeddingTokens = embeddingTokens
        self.warnings = warnings
    }

    public var requests: Int { stages.reduce(0) { $0 + $1.requests } }
    public var bytes: Int { stages.reduce(0) { $0 + $1.bytes } }
    public var seconds: Double { stages.reduce(0) { $0 + $1.seconds } }
}
