/// Decides what to do about an import whose outcome is not known: the client
/// died, the connection broke, or the server answered 5xx, and the server may
/// have done the work, may still be doing it, or may never have begun.
///
/// Seen on 0.16.8: an agent becomes visible up to 1.1 s and is complete up to
/// 9.8 s after its client has died; rows come in one transaction and the
/// in-context list after them; a late 400 leaves a half-made agent for ever.
/// So: look, wait while something moves, adopt only what is complete, and
/// give up an attempt only after a deadline. An attempt that was given up
/// may still come to life later: its things are deleted on sight.
struct ImportReconciler {
    /// What a complete import of this file looks like.
    struct Expected: Equatable, Sendable {
        let rows: Int
        let inContext: Int
    }

    /// What was seen of the attempt's agent.
    struct Sighting: Equatable, Sendable {
        let agentID: String
        let rows: Int
        let inContext: Int
    }

    enum Event: Equatable, Sendable {
        /// Nothing carries the attempt's marker.
        case absent
        case seen(Sighting)
        /// More than one agent carries it: the upload was delivered twice.
        case several([Sighting])
    }

    enum Action: Equatable, Sendable {
        case adopt(String)
        /// Look again after this many seconds.
        case look(after: Double)
        /// Delete these agents (and what they brought), then make a new attempt.
        case abandon([String])
    }

    let expected: Expected
    /// Seconds without any change before an attempt counts as dead. Rows
    /// come in one transaction (40,000 in 24 s), so a big import stands
    /// still for long.
    let patience: Double
    let interval: Double
    private var lastChange: Double
    private var lastEvent = Event.absent

    /// - Parameter now: seconds on any steady clock.
    init(expected: Expected, now: Double, patience: Double = 20, interval: Double = 0.25) {
        self.expected = expected
        self.patience = patience + Double(expected.rows) / 400
        self.interval = interval
        lastChange = now
    }

    mutating func on(_ event: Event, now: Double) -> Action {
        if event != lastEvent {
            lastEvent = event
            lastChange = now
        }
        let sightings = Self.sightings(event)
        if let whole = sightings.first(where: isComplete), sightings.count == 1 {
            return .adopt(whole.agentID)
        }
        if now - lastChange < patience { return .look(after: interval) }
        return .abandon(sightings.map(\.agentID))
    }

    private func isComplete(_ sighting: Sighting) -> Bool {
        sighting.rows == expected.rows && sighting.inContext == expected.inContext
    }

    private static func sightings(_ event: Event) -> [Sighting] {
        switch event {
        case .absent: []
        case .seen(let one): [one]
        case .several(let all): all
        }
    }
}
