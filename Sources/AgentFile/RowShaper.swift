/// Rows of the source -> rows of the agent file, one after the other, with
/// one row of lookahead.
///
/// **Bounds**: holds at most one row.
public struct RowShaper: Sendable {
    /// - Parameter agentType: what the agent will be on the target; decides
    ///   whether text is a visible reply, so that split pairs may be joined.
    public init(agentType: String) {}

    /// The next row of the history, in order. Throws `answer-not-understood`
    /// for a row that is no JSON object.
    public mutating func take(_ input: ShapeInput) throws -> [ShapeOutput] { [] }

    /// The rest; the shaper takes no more rows.
    public mutating func finish() throws -> [ShapeOutput] { [] }
}
