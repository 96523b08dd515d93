public import LettaModel
import LosslessJSON

/// An item that is found by its name: a block by its label, a tool by its
/// name, the agent's settings by field.
public struct KeyedItem: Sendable, Equatable {
    public let key: String
    /// The object whose fields are compared.
    public let json: VerbatimJSON

    public init(key: String, json: VerbatimJSON) {
        self.key = key
        self.json = json
    }

    func has(id: String) -> Bool { (try? JSONDocument(json))?.root["id"]?.string == id }
}

/// A difference of one field that the plan announced.
public struct AnnouncedField: Sendable, Equatable {
    /// What the target has to have instead.
    public enum After: Sendable, Equatable {
        /// Exactly this JSON value; nil for no such field.
        case value(VerbatimJSON?)
        /// Whatever the target derives from a handle or has beyond the source:
        /// for the settings of model and embedding, and of compaction, only.
        case setByTarget
    }

    /// The item's key.
    public let key: String
    /// `name`, `llm_config.handle`; covers everything below it. Empty: the
    /// whole item has to be what is announced.
    public let path: String
    /// The id of the rule or mapping.
    public let rule: String
    public let after: After

    public init(key: String, path: String, rule: String, after: After) {
        self.key = key
        self.path = path
        self.rule = rule
        self.after = after
    }
}
