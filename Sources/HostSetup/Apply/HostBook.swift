import Journal
import LettaModel
import LosslessJSON

/// The one way in which a host is changed: intent to disk, act, outcome to
/// disk.
struct HostBook: Sendable {
    let journal: RunJournal
    let run: RunID
    /// Called before and after each step; what it throws is a kill.
    let interrupt: @Sendable (String) throws -> Void

    /// What a kill of a test throws: nothing is settled, nothing put back.
    struct Killed: Error {}

    /// A step that was cancelled, or killed, stays open.
    func act(_ kind: String, _ details: [String: String], _ body: () async throws -> Void) async throws {
        try Task.checkCancellation()
        try interrupt("before \(kind)")
        let id = try await journal.intend(run, StepIntent(kind: kind, details: Self.json(details)))
        try interrupt("intended \(kind)")
        do {
            try await body()
        } catch let failure as Failure {
            try await journal.settle(id, .refused(reason: failure.reason))
            throw failure
        }
        try interrupt("done \(kind)")
        try await journal.settle(id, .done(details: nil))
        try interrupt("after \(kind)")
    }

    private static func json(_ details: [String: String]) -> VerbatimJSON {
        JSONNode.object(
            details.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .string($0.value)) }
        ).bytes()
    }

    /// Every step that may have had an effect, in order.
    func steps() async throws -> [HostStep] {
        try await journal.steps(run).map(HostStep.init)
    }

    /// Every file that was put, once.
    func changedPaths() async throws -> [String] {
        var seen: Set<String> = []
        return try await steps().filter { $0.kind == FilePutter.put }.map { $0["path"] }.filter {
            seen.insert($0).inserted
        }
    }

    /// Whatever was open has been looked at.
    func closeOpenSteps(_ reason: String) async throws {
        for step in try await journal.openSteps(run) {
            try await journal.settle(step.id, .abandoned(reason: reason))
        }
    }
}

/// A step of a host's journal.
struct HostStep: Sendable {
    let kind: String
    let number: StepID
    private let details: [String: String]

    init(_ record: StepRecord) {
        kind = record.intent.kind
        number = record.id
        var details: [String: String] = [:]
        if let bytes = record.intent.details, let root = try? JSONDocument(bytes).root {
            for (name, value) in root.members { details[name] = value.string }
        }
        self.details = details
    }

    subscript(_ name: String) -> String { details[name] ?? "" }
}
