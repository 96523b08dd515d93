import Home
import Journal
import LettaModel
import LosslessJSON

/// The one way in which a move of workers changes anything: intent to disk,
/// act, outcome to disk.
struct StepBook: Sendable {
    let journal: RunJournal
    let run: RunID
    /// Called before and after each step; what it throws is a kill.
    let interrupt: @Sendable (String) throws -> Void

    /// What a kill of a test throws: the outcome is never written.
    struct Killed: Error {}

    /// A cancelled step stays open: nobody knows its outcome.
    func act<Result: Sendable>(
        _ kind: String, _ details: JSONNode, marker: Marker? = nil, preImage: JSONNode? = nil,
        outcome: (Result) -> JSONNode? = { _ in nil }, _ body: () async throws -> Result
    ) async throws -> Result {
        try interrupt("before \(kind)")
        let id = try await journal.intend(
            run,
            StepIntent(kind: kind, marker: marker, preImage: preImage?.bytes(), details: details.bytes()))
        try interrupt("intended \(kind)")
        do {
            let result = try await body()
            try interrupt("done \(kind)")
            try await journal.settle(id, .done(details: outcome(result)?.bytes()))
            try interrupt("after \(kind)")
            return result
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            try await journal.settle(id, .unknown(reason: failure.reason))
            throw failure
        } catch let failure as Failure {
            try await journal.settle(id, .refused(reason: failure.reason))
            throw failure
        }
    }

    /// A step on the target.
    func perform(
        _ step: Step<TargetSide>, at home: any Home<TargetSide>, _ details: JSONNode, marker: Marker? = nil
    ) async throws -> Outcome<TargetSide> {
        var details = details
        details["at"] = .string(home.address.url)
        return try await act("target/\(step.name)", details, marker: marker, outcome: Self.made) {
            try await home.perform(step)
        }
    }

    private static func made(_ outcome: Outcome<TargetSide>) -> JSONNode? {
        switch outcome {
        case .block(let id): ["block": .string(id.raw)]
        case .identity(let id): ["identity": .string(id.raw)]
        case .agents, .archive, .conversation, .passages, .done, .answer: nil
        }
    }

    func steps(_ kind: String) async throws -> [StepRecord] {
        try await journal.steps(run).filter { $0.intent.kind == kind }
    }

    /// Whether a step of the kind was done, in whatever attempt.
    func isDone(_ kind: String) async throws -> Bool {
        try await steps(kind).contains { step in
            if case .done = step.outcome { true } else { false }
        }
    }

    /// After everything was compared no outcome is unknown any more.
    func closeOpenSteps() async throws {
        for step in try await journal.openSteps(run) {
            try await journal.settle(step.id, .abandoned(reason: "looked at again: the run came out right"))
        }
    }

    /// What was begun and is made anew.
    func abandonOpen(_ kind: String, because reason: String) async throws {
        for step in try await steps(kind) where step.isOpen {
            try await journal.settle(step.id, .abandoned(reason: reason))
        }
    }
}

extension StepRecord {
    /// A string of the step's details.
    func detail(_ key: String) -> String? {
        intent.details.flatMap { try? JSONDocument($0).root[key]?.string }
    }

    /// A string of what was done.
    func made(_ key: String) -> String? {
        guard case .done(let details?) = outcome else { return nil }
        return try? JSONDocument(details).root[key]?.string
    }
}
