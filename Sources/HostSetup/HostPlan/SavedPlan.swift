import LettaModel
public import LosslessJSON

/// A plan in a file: what was reviewed, by digests; no text of a file and no
/// secret.
public struct SavedPlan: Sendable, Equatable {
    public let name: String
    public let root: String
    public let host: String
    /// The config from which it was made, as an absolute path.
    public let config: String
    let essences: [String]
    /// By path of each file: what stood there.
    let whatStood: [String: String]
    /// By path of each file: the digest of what shall stand there.
    private let whatShall: [String: String]

    /// What goes into the file.
    public static func json(_ plan: HostPlan, config: String) -> JSONNode {
        var node = plan.json(withDiffs: false)
        node["config"] = .string(config)
        return node
    }

    /// Writes a file of mode 0600.
    ///
    /// **Errors**: `file-exists`, `file-unwritable`.
    public static func write(_ plan: HostPlan, config: String, to path: String) throws {
        guard !HostDisk.exists(path) else {
            throw Failure(
                .fileExists, subject: path, reason: "is there already",
                remedy: "name a new file, or remove it: rm \(path)")
        }
        try HostDisk.put(
            Array((json(plan, config: config).text() + "\n").utf8), at: path, mode: 0o600, owner: nil,
            group: nil)
    }

    /// **Errors**: `file-unreadable`, `host-config-wrong` for what is no plan.
    public static func read(_ path: String) throws -> SavedPlan {
        guard let bytes = HostDisk.read(path) else {
            throw Failure(
                .fileUnreadable, subject: path, reason: "cannot be read",
                remedy: "make it: ferry host plan -o \(path)")
        }
        guard let plan = try? SavedPlan(JSONDocument(bytes).root) else {
            throw Failure(
                .hostConfigWrong, subject: path, reason: "is no plan of a host, or only half of one",
                remedy: "make it anew: ferry host plan -o FILE")
        }
        return plan
    }

    private init?(_ root: JSONValue) throws {
        guard root["schema"]?.string == HostPlan.schema, let name = root["name"]?.string,
            let place = root["root"]?.string, let host = root["host"]?.string,
            let config = root["config"]?.string, let actions = root["actions"],
            let conflicts = root["conflicts"]
        else { return nil }
        (self.name, self.root, self.host, self.config) = (name, place, host, config)
        let files = actions.elements.filter { $0["kind"]?.string == "file" && $0["will"]?.string != "" }
        whatStood = Self.table(files, "was")
        whatShall = Self.table(files, "will")
        func text(_ value: JSONValue, _ key: String) -> String { value[key]?.string ?? "" }
        essences =
            actions.elements.map {
                var action = HostPlan.Action(
                    text($0, "kind"), text($0, "subject"), .init(rawValue: text($0, "verdict")) ?? .outside,
                    mode: text($0, "mode"))
                (action.owner, action.was, action.will) = (
                    text($0, "owner"), text($0, "was"), text($0, "will")
                )
                return action.essence
            }
            + conflicts.elements.map {
                "conflict \(text($0, "id")) \(text($0, "subject")): \(text($0, "seen"))"
            }
    }

    private static func table(_ files: [JSONValue], _ key: String) -> [String: String] {
        var table: [String: String] = [:]
        for file in files { table[file["subject"]?.string ?? ""] = file[key]?.string ?? "" }
        return table
    }

    /// The config still makes the files that were planned.
    ///
    /// **Errors**: `host-plan-stale`.
    func checkFiles(_ files: [DesiredFile]) throws {
        let differing = files.first { whatShall[$0.path] != $0.digest.description }
        guard differing != nil || files.count != whatShall.count else { return }
        throw Failure(
            .hostPlanStale, subject: differing?.path ?? config,
            reason: "would be another file than was planned: passwords, or nginx, have changed since",
            remedy: "ferry runs, then take the run back: ferry undo RUN")
    }

    /// **Errors**: `host-plan-stale`, with the first thing that is not as it
    /// was when the plan was made.
    public func check(against now: HostPlan, path: String) throws {
        func stale(_ subject: String, _ reason: String) -> Failure {
            Failure(
                .hostPlanStale, subject: subject, reason: reason,
                remedy: "plan anew, and look at it: ferry host plan --config \(config)")
        }
        guard host == now.host, root == now.root else {
            throw stale(path, "was made on another host, or for another root")
        }
        guard name == now.name else { throw stale(path, "is for \(name), and the config for \(now.name)") }
        let found = now.essences
        if let gone = essences.first(where: { !found.contains($0) }) {
            throw stale(gone, "was so when the plan was made, and is not so now")
        }
        if let new = found.first(where: { !essences.contains($0) }) {
            throw stale(new, "is so now, and was not when the plan was made")
        }
    }
}

extension HostPlan {
    static let schema = "ferry.host-plan/1"

    var essences: [String] { actions.map(\.essence) + conflicts.map(\.essence) }
}
