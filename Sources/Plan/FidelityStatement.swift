public import LettaModel

/// What moves, what changes, what stays behind and what needs the user: said
/// before anything is written.
public struct FidelityStatement: Sendable, Equatable {
    public var moves: [Moving]
    /// Differences that will be found, by rule, with one case each.
    public var changes: [ChangeTally]
    public var staysBehind: [Omission]
    public var needsYou: [Need]
    /// The agent becomes one of another type.
    public var conversion: Conversion?

    public init(
        moves: [Moving] = [], changes: [ChangeTally] = [], staysBehind: [Omission] = [], needsYou: [Need] = []
    ) {
        self.moves = moves
        self.changes = changes
        self.staysBehind = staysBehind
        self.needsYou = needsYou
    }

    public var losses: [Omission] { staysBehind.filter { $0.class == .loss } }
    public var inherent: [Omission] { staysBehind.filter { $0.class == .inherent } }

    /// Losses that the choices do not cover: exit code 3 if it stays so.
    public func unaccepted(_ choices: Choices) -> [Omission] { losses.filter { !choices.accepts($0) } }
}

/// One kind of thing that arrives whole.
public struct Moving: Sendable, Equatable {
    /// The row of the fidelity table.
    public var item: String
    public var count: Int
    /// False where the count is a hint of the server.
    public var isExact: Bool
    public var detail: String

    public init(item: String, count: Int, isExact: Bool = true, detail: String = "") {
        self.item = item
        self.count = count
        self.isExact = isExact
        self.detail = detail
    }
}

/// A legacy agent that becomes one of today; what it changes stands in
/// `changes`, by rule.
public struct Conversion: Sendable, Equatable {
    public var from: String
    public var to: String
    public var keptCalls: Int
    /// One turn before and after.
    public var example: TurnExample?
    /// What it leaves to the user; a part of `needsYou`.
    public var needs: [Need] = []
}

/// Something that only the user can do or judge.
public struct Need: Sendable, Equatable {
    /// One sentence, lower case.
    public var what: String
    public var remedy: String

    public init(what: String, remedy: String) {
        self.what = what
        self.remedy = remedy
    }
}
