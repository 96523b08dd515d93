import LettaModel

/// The host's service manager, as far as ferry asks it and tells it something.
struct Systemd: Sendable {
    /// The program, or a test's stand-in.
    var program = "systemctl"
    /// The user's own, not the machine's.
    var isOwn = false

    /// What stood before a step, for its line of the journal.
    struct State: Sendable, Equatable {
        var isEnabled: Bool
        /// It runs, or is about to: a service that fails again and again counts.
        var isUp: Bool

        var details: [String: String] { ["enabled": isEnabled ? "yes" : "", "active": isUp ? "yes" : ""] }
    }

    private var words: [String] { [program] + (isOwn ? ["--user"] : []) }

    func state(_ unit: String) -> State { State(isEnabled: isEnabled(unit), isUp: isUp(unit)) }

    func isEnabled(_ unit: String) -> Bool {
        Tool(words: words + ["is-enabled", unit]).run()?.succeeded == true
    }

    private static let moving = ["activating", "deactivating", "reloading", "refreshing"]

    func isUp(_ unit: String) -> Bool {
        guard let answer = Tool(words: words + ["is-active", unit]).run() else { return false }
        return answer.succeeded || Self.moving.contains(String(answer.text.trimmedSpaces))
    }

    /// **Errors**: `host-step-failed` with systemd's own words.
    func tell(_ order: String, _ unit: String = "", now: Bool = false, seconds: Int = 300) throws {
        let line = words + [order] + (now ? ["--now"] : []) + (unit.isEmpty ? [] : [unit])
        let result = Tool(words: line).run(seconds: seconds)
        guard result?.succeeded == true else {
            throw Failure(
                .hostStepFailed, subject: line.joined(separator: " "),
                reason: result.map { $0.isOutOfTime ? "did not end within \(seconds) s" : $0.lastWords }
                    ?? "systemctl is not installed",
                remedy: unit.isEmpty
                    ? line.joined(separator: " ")
                    : (words + ["status", unit]).joined(separator: " "))
        }
    }
}
