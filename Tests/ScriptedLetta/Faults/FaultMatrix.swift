/// A misbehaviour by name, and what a migration must make of it.
public struct FaultCase: Sendable {
    public enum Expectation: Sendable, Equatable {
        /// Worked round: the result is the same as without the fault.
        case succeeds
        /// Ends with this error code, and nothing is said to be whole that is not.
        case fails(code: String)
        /// Ends with one of these codes.
        case failsWithOneOf([String])
        /// Arrives, and says what is missing.
        case reportsLoss
    }

    /// Which end misbehaves.
    public enum End: Sendable, Equatable { case source, target }

    public let name: String
    public let end: End
    public let mode: ServerMode
    public let faults: [Fault]
    public let expectation: Expectation

    public init(
        _ name: String, _ end: End, mode: ServerMode = .letta, _ faults: [Fault], _ expectation: Expectation
    ) {
        self.name = name
        self.end = end
        self.mode = mode
        self.faults = faults
        self.expectation = expectation
    }
}

/// Every fault that a migration is tried against.
public enum FaultMatrix {
    public static let all: [FaultCase] = []
}
