public import LosslessJSON

/// What would be done on a host, in its order. Passwords are covered.
public struct HostPlan: Sendable, Equatable {
    public enum Verdict: String, Sendable {
        case ok, create, update, remove, run
        /// Not in a scratch root, or without systemd: somebody else's.
        case outside
    }

    public struct Action: Sendable, Equatable {
        /// `package`, `user`, `file`, `database`, `certificate`, `service` …
        public var kind: String
        public var subject: String
        public var verdict: Verdict
        /// What it means, or why it is left.
        public var note: String
        /// Of a file: `0644`.
        public var mode: String
        /// Of a file: unified, with passwords covered.
        public var diff: String
        /// Of a file: `root:root`.
        public var owner = ""
        /// Of a file: digest, mode and owner of what stands there; `absent`.
        public var was = ""
        /// Of a file: the digest of what shall stand there.
        public var will = ""

        init(
            _ kind: String, _ subject: String, _ verdict: Verdict, _ note: String = "", mode: String = "",
            diff: String = ""
        ) {
            self.kind = kind
            self.subject = subject
            self.verdict = verdict
            self.note = note
            self.mode = mode
            self.diff = diff
        }

        /// A line that differs where anything of it does; no secret.
        var essence: String {
            "\(kind) \(subject): \(verdict.rawValue) \(mode) \(owner) \(was) -> \(will)"
        }

        public var isPending: Bool { verdict != .ok && verdict != .outside }
    }

    /// What has to be decided by somebody before anything may be changed.
    public struct Conflict: Sendable, Equatable {
        public var id: String
        public var subject: String
        public var seen: String
        public var means: String
        public var remedy: String

        var essence: String { "conflict \(id) \(subject): \(seen)" }
    }

    public var name: String
    public var root: String
    /// Tells the host that was looked at from others.
    public var host: String
    public var actions: [Action]
    public var conflicts: [Conflict]
    public var notes: [String]

    /// By path of each file: what stands there.
    var whatStood: [String: String] {
        var table: [String: String] = [:]
        for action in actions where action.kind == "file" && !action.will.isEmpty {
            table[action.subject] = action.was
        }
        return table
    }

    public var isDone: Bool { conflicts.isEmpty && !actions.contains(where: \.isPending) }

    /// `ferry.host-plan/1`; docs/json-output.md has its keys.
    public var json: JSONNode { json(withDiffs: true) }

    func json(withDiffs: Bool) -> JSONNode {
        [
            "schema": .string(Self.schema), "name": .string(name), "root": .string(root),
            "host": .string(host),
            "done": .bool(isDone),
            "actions": .array(
                actions.map {
                    [
                        "kind": .string($0.kind), "subject": .string($0.subject),
                        "verdict": .string($0.verdict.rawValue),
                        "note": .string($0.note), "mode": .string($0.mode), "owner": .string($0.owner),
                        "was": .string($0.was), "will": .string($0.will),
                        "diff": .string(withDiffs ? $0.diff : ""),
                    ]
                }),
            "conflicts": .array(
                conflicts.map {
                    [
                        "id": .string($0.id), "subject": .string($0.subject), "seen": .string($0.seen),
                        "means": .string($0.means), "remedy": .string($0.remedy),
                    ]
                }),
            "notes": .array(notes.map { .string($0) }),
        ]
    }
}
