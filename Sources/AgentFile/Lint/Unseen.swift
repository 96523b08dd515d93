import LosslessJSON

/// What of a file no rule looks at: nobody has tried what a server does with
/// it, so that a clean file is clean but for that.
enum Unseen {
    /// What an agent has of folders, groups and identities.
    private static let passed: Set<String> = [
        "files_agents", "folder_ids", "group_ids", "identity_ids", "source_ids",
    ]

    /// Members that are passed over.
    static func members(_ thing: JSONValue, _ kind: String) -> [String] {
        guard kind == "agent" else { return [] }
        return thing.members.filter { passed.contains($0.key) && !isEmpty($0.value) }.map(\.key)
    }

    /// Members of the file itself that no version writes.
    static func members(ofFile root: JSONValue, besides known: [String]) -> [String] {
        root.members.filter { key, value in !known.contains(key) && !isEmpty(value) }.map(\.key)
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null: true
        case .array, .object: value.count == 0
        default: false
        }
    }
}
