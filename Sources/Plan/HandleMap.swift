public import LettaModel
import LosslessJSON

/// Which handle of the target stands for which of the source:
/// `{"models": {"OLD": "NEW"}, "embeddings": {"OLD": "NEW"}}`.
///
/// For whoever moves many agents: handles depend on how a server is
/// configured, so one model may be `openai/gpt-4o-mini` here and
/// `openai-proxy/gpt-4o-mini` there.
public struct HandleMap: Sendable, Equatable {
    public var models: [String: String]
    public var embeddings: [String: String]

    public init(models: [String: String] = [:], embeddings: [String: String] = [:]) {
        self.models = models
        self.embeddings = embeddings
    }

    public var isEmpty: Bool { models.isEmpty && embeddings.isEmpty }

    /// **Errors**: `file-unreadable` for what is no map, naming the place in it.
    public init(_ json: VerbatimJSON, file: String) throws {
        guard let root = try? JSONDocument(json).root, root.kind == .object else {
            throw Self.unreadable(file, "is no JSON object")
        }
        for member in root.members where !["models", "embeddings"].contains(member.key) {
            throw Self.unreadable(file, "has “\(member.key)”, which is neither models nor embeddings")
        }
        models = try Self.handles(root, "models", file)
        embeddings = try Self.handles(root, "embeddings", file)
    }

    private static func handles(_ root: JSONValue, _ key: String, _ file: String) throws -> [String: String] {
        guard let value = root[key] else { return [:] }
        guard value.kind == .object else { throw unreadable(file, "has \(key) that are no object") }
        var handles: [String: String] = [:]
        for member in value.members {
            guard let handle = member.value.string, !handle.isEmpty else {
                throw unreadable(file, "maps \(member.key) of \(key) to what is no handle")
            }
            guard handles.updateValue(handle, forKey: member.key) == nil else {
                throw unreadable(file, "maps \(member.key) of \(key) twice")
            }
        }
        return handles
    }

    private static func unreadable(_ file: String, _ why: String) -> Failure {
        Failure(
            .fileUnreadable, subject: file, reason: "the file of --map \(why)",
            remedy: #"write {"models": {"OLD": "NEW"}, "embeddings": {"OLD": "NEW"}} into it: --map \#(file)"#
        )
    }
}

extension Choices {
    /// The choices for an agent of these handles: `--model` and `--embedding`
    /// say more than the map.
    public func mapped(model: String?, embedding: String?) -> Choices {
        var choices = self
        choices.model = self.model ?? model.flatMap { handles.models[$0] }
        choices.embedding = self.embedding ?? embedding.flatMap { handles.embeddings[$0] }
        return choices
    }
}
