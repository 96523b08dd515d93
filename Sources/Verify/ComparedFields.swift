/// Which fields of which item are compared, and why others are not.
enum ComparedFields {
    /// Every import makes them anew.
    static let rowIgnores: Set<String> = ["id", "otid", "agent_id"]
}
