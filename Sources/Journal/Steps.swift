public import LettaModel
import LosslessJSON

/// The number of a step in the journal.
public struct StepID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let number: Int64

    public static func < (left: StepID, right: StepID) -> Bool { left.number < right.number }

    public var description: String { String(number) }
}

/// What is about to be done.
public struct StepIntent: Sendable, Equatable {
    /// `Step.name`.
    public var kind: String
    public var marker: Marker?
    /// Of what will be sent.
    public var request: ContentDigest?
    /// What stood there before, to be put back by undo.
    public var preImage: VerbatimJSON?
    public var details: VerbatimJSON?

    public init(
        kind: String, marker: Marker? = nil, request: ContentDigest? = nil, preImage: VerbatimJSON? = nil,
        details: VerbatimJSON? = nil
    ) {
        self.kind = kind
        self.marker = marker
        self.request = request
        self.preImage = preImage
        self.details = details
    }
}

/// How a step ended.
public enum StepOutcome: Sendable, Equatable {
    /// - Parameter details: JSON, such as ids that the answer named.
    case done(details: VerbatimJSON?)
    /// The server answered, and nothing was changed.
    case refused(reason: String)
    /// It may have happened, or may still happen.
    case unknown(reason: String)
    /// Looked at again, and given up: a later attempt stands for it.
    case abandoned(reason: String)
}

/// A step as the journal has it.
public struct StepRecord: Sendable, Equatable {
    public let id: StepID
    public let run: RunID
    public let intent: StepIntent
    public let intendedAt: Instant
    /// Nil: the process ended between intent and outcome.
    public let outcome: StepOutcome?
    public let settledAt: Instant?

    /// The thing that it changes; nil where it makes one.
    var subjectID: String? {
        intent.details.flatMap { try? JSONDocument($0) }?.root["id"]?.string
    }

    /// Must be looked at before anything is done again.
    public var isOpen: Bool {
        switch outcome {
        case nil, .unknown: true
        case .done, .refused, .abandoned: false
        }
    }

    /// The server answered, and nothing was changed.
    public var isRefused: Bool {
        if case .refused = outcome { return true }
        return false
    }

    /// Looked at again, and given up.
    public var isAbandoned: Bool {
        if case .abandoned = outcome { return true }
        return false
    }
}
