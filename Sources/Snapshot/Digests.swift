import Hashing
import LettaModel
import LosslessJSON

/// What makes two stored items the same.
enum Digests {
    /// Made anew by every export, and by every server.
    private static let fleeting: Set<String> = ["id", "otid", "agent_id"]

    static func ofNative(_ json: VerbatimJSON) throws -> ContentDigest {
        ContentDigest.ofCanonical(try JSONDocument(json).root, dropping: fleeting)
    }

    /// Of the array of listed messages, each without what is fleeting.
    static func ofListed(_ json: VerbatimJSON) throws -> ContentDigest {
        let root = try JSONDocument(json).root
        var hash = SHA256()
        for element in root.elements {
            let digest = ContentDigest.ofCanonical(element, dropping: fleeting)
            hash.update(digest.bytes)
        }
        return hash.finish()
    }

    static func ofDocument(_ json: VerbatimJSON) throws -> ContentDigest {
        ContentDigest.ofCanonical(try JSONDocument(json).root, dropping: [])
    }
}
