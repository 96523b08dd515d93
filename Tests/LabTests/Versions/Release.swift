import LosslessJSON

/// A Letta release of the lab, `0.13.0`.
struct Release: Sendable, Comparable, CustomStringConvertible {
    let description: String
    private let parts: [Int]

    init(_ text: String) {
        description = text
        parts = text.split(separator: ".").map { Int($0) ?? 0 }
    }

    static let last = Release("0.16.8")

    static func < (one: Release, other: Release) -> Bool { one.parts.lexicographicallyPrecedes(other.parts) }

    /// Archives, and letta_v1_agent, came with 0.12.
    var hasArchives: Bool { self >= Release("0.12.0") }
    /// Its tools refuse keys that they do not know.
    var knowsParallelTools: Bool { self >= Release("0.13.0") }
    var batchesPassages: Bool { self >= Release("0.16.0") }
}

extension LabServer {
    var release: Release { Release(Lab.variable("FERRY_LAB_\(role)_LETTA") ?? Release.last.description) }

    /// The embedder's handle; empty where the server has none.
    var embedding: String { Lab.variable("FERRY_LAB_\(role)_EMBEDDING") ?? "" }

    /// The lab's embedder as an agent's own settings, which a server takes
    /// without listing it.
    static var unlistedEmbedding: JSONNode {
        [
            "embedding_endpoint_type": "openai", "embedding_model": "text-embedding-3-small",
            "embedding_endpoint": .string((Lab.variable("FERRY_LAB_STUB_URL") ?? "") + "/v1"),
            "embedding_dim": 1536, "embedding_chunk_size": 300, "handle": "openai/text-embedding-3-small",
        ]
    }
}
