public import Home
public import LettaModel

/// A place to be checked: how to reach it, seen from both ends, and what is
/// put into it.
public struct ConformanceSubject: Sendable, CustomStringConvertible {
    public let name: String
    /// Opens the place, runs the body, and closes it again.
    public let open:
        @Sendable (_ body: (any Home<SourceSide>, any Home<TargetSide>) async throws -> Void) async throws ->
            Void
    /// Rows in export form, system row first, ids `message-<n>`.
    public let rows: [VerbatimJSON]
    /// Handles that the place offers.
    public let model: String?
    public let embedding: String?
    /// Where agent files are spooled; absolute.
    public let folder: String

    public init(
        name: String, rows: [VerbatimJSON], model: String?, embedding: String?, folder: String = "/tmp",
        open:
            @escaping @Sendable (
                _ body: (any Home<SourceSide>, any Home<TargetSide>) async throws -> Void
            ) async throws -> Void
    ) {
        self.name = name
        self.rows = rows
        self.model = model
        self.embedding = embedding
        self.folder = folder
        self.open = open
    }

    public var description: String { name }
}

/// One thing that every home does.
public struct ConformanceCheck: Sendable, CustomStringConvertible {
    /// A sentence without its subject: `lists every row once, oldest first`.
    public let name: String
    let body: @Sendable (Bench) async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Bench) async throws -> Void) {
        self.name = name
        self.body = body
    }

    public var description: String { name }

    /// Everything that every home does.
    public static let all: [ConformanceCheck] =
        placeChecks + historyChecks + memoryChecks + passageChecks + writeChecks + markerChecks
        + companionChecks

    /// Throws where the home does not do it. Whatever was made is removed.
    public func run(on subject: ConformanceSubject) async throws {
        try await subject.open { source, target in
            let bench = Bench(subject: subject, source: source, target: target)
            do {
                try await body(bench)
            } catch {
                try? await bench.sweep()
                throw error
            }
            try await bench.sweep()
        }
    }
}

/// What a home did instead.
public struct NonConformance: Error, CustomStringConvertible {
    public let description: String
}

func claim(_ isSo: Bool, _ words: @autoclosure () -> String) throws {
    if !isSo { throw NonConformance(description: words()) }
}

func claim<Value: Equatable>(_ seen: Value, is expected: Value, _ what: String) throws {
    guard seen != expected else { return }
    throw NonConformance(description: "\(what): expected \(expected), saw \(seen)")
}

/// Throws unless the body fails with that code.
func claimFailure(
    _ codes: ErrorCode..., in what: String, _ body: () async throws -> Void
) async throws {
    do {
        try await body()
    } catch let failure as Failure {
        return try claim(
            codes.contains(failure.code), "\(what) failed with \(failure.code.rawValue): \(failure.reason)")
    }
    throw NonConformance(description: "\(what) did not fail")
}
