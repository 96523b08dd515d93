import Journal
import LettaModel

/// What an undo came to, a line each.
public struct HostUndone: Sendable, Equatable {
    public var done: [String] = []
    /// What it did not touch, and why.
    public var left: [String] = []
}

/// Puts back what one run changed. It goes by what stands there now, not by
/// how far the run said it had come: it may have been killed.
struct HostUndoing: Sendable {
    let book: HostBook
    let run: RunRecord
    let config: HostConfig
    let paths: HostPaths
    let proof: HostProof
    let discardsNewer: Bool
    let progress: @Sendable (String) -> Void

    private var control: NginxControl { NginxControl(config: config, paths: paths) }

    // MARK: refusing

    /// **Errors**: `undo-would-lose`.
    func checkLosesNothing() async throws {
        guard !discardsNewer else { return }
        let steps = try await book.steps()
        for (path, known) in Self.known(steps).sorted(by: { $0.key < $1.key }) {
            let seen = HostDisk.see(path)
            guard seen != .absent, !known.contains(seen.essence) else { continue }
            throw Failure(
                .undoWouldLose, subject: path, reason: "was changed since the run",
                remedy: "keep it as it is, or set it aside: ferry undo \(run.id) --discard-newer")
        }
    }

    /// By path: everything that this run found there or put there.
    private static func known(_ steps: [HostStep]) -> [String: Set<String>] {
        var known: [String: Set<String>] = [:]
        for step in steps where step.kind == FilePutter.put {
            known[step["path"], default: []].formUnion([step["was"], step["will"]])
        }
        return known
    }

    // MARK: putting back

    func takeBack() async throws -> HostUndone {
        let steps = try await book.steps()
        var undone = HostUndone()
        try await stopUnits(steps, &undone)
        let nginx = steps.filter { $0.kind == HostWork.nginx }
        let wasRunning = nginx.first.map { $0["before"] == "running" }
        if wasRunning == false, control.isRunning {
            progress("stopping nginx")
            try await book.act("host/stop-nginx", [:]) { try control.stop() }
            undone.done.append("stopped nginx")
        }
        let site = HostDisk.see(paths.site).text
        let first = Dictionary(
            steps.filter { $0.kind == FilePutter.put }.map { ($0["path"], $0.number) }, uniquingKeysWith: min)
        for step in steps.reversed() {
            if let known = first[step["path"]] == step.number ? Self.known(steps)[step["path"]] : nil {
                try await restore(step, known, &undone)
            }
            if step.kind == HostWork.unlink { try await relink(step, &undone) }
        }
        if wasRunning == true { try await reload(&undone) }
        if nginx.isEmpty == false, let site { try await proveGone(site) }
        try removeKept(steps)
        try await removeFolders(steps, &undone)
        undone.left += Self.remains(steps)
        return undone
    }

    private func stopUnits(_ steps: [HostStep], _ undone: inout HostUndone) async throws {
        for step in steps.reversed() where step.kind == HostInstall.unit {
            let unit = step["unit"]
            try await book.act("host/stop-unit", ["unit": unit]) {
                let result = Tool(words: ["systemctl", "disable", "--now", unit]).run(seconds: 120)
                guard result?.succeeded == true else {
                    throw Failure(
                        .hostStepFailed, subject: unit,
                        reason: result?.lastWords ?? "systemctl is not installed",
                        remedy: "systemctl status \(unit)")
                }
            }
            undone.done.append("stopped \(unit)")
        }
    }

    /// A path goes back to what stood there before this run's first change.
    private func restore(_ step: HostStep, _ known: Set<String>, _ undone: inout HostUndone) async throws {
        let (path, was) = (step["path"], step["was"])
        let seen = HostDisk.see(path)
        guard seen.essence != was else { return }
        let isOurs = known.contains(seen.essence) || seen == .absent
        guard isOurs || discardsNewer else {
            undone.left.append("\(path): was changed since the run")
            return
        }
        if !isOurs { try setAside(seen, path) }
        let wasAbsent = was == SeenFile.absent.essence
        try await book.act("host/restore", ["path": path]) {
            if wasAbsent { try HostDisk.remove(path) } else { try putOld(step) }
        }
        undone.done.append("\(wasAbsent ? "removed" : "put back") \(path)")
    }

    private func putOld(_ step: HostStep) throws {
        guard let bytes = HostDisk.read(step["kept"]), let old = OldFile(step["was"]) else {
            throw Failure(
                .hostStepFailed, subject: step["path"], reason: "what stood there is not at \(step["kept"])",
                remedy: "put it back from a backup of yours")
        }
        try HostDisk.put(bytes, at: step["path"], mode: old.mode, owner: old.owner, group: old.group)
    }

    /// Somebody's change goes to the run's folder.
    private func setAside(_ seen: SeenFile, _ path: String) throws {
        guard case .file(let bytes, _, _, _) = seen else { return }
        let name = path.split(separator: "/").joined(separator: "_")
        try HostDisk.put(bytes, at: "\(run.folder)/newer-\(name)", mode: 0o600, owner: nil, group: nil)
    }

    private func relink(_ step: HostStep, _ undone: inout HostUndone) async throws {
        guard HostDisk.see(step["path"]) == .absent else { return }
        try await book.act("host/restore", ["path": step["path"]]) {
            try HostDisk.link(step["path"], to: step["target"])
        }
        undone.done.append("put back \(step["path"])")
    }

    // MARK: the edge

    private func reload(_ undone: inout HostUndone) async throws {
        progress("reloading nginx")
        try control.test()
        try await book.act("host/reload-nginx", [:]) { try control.startOrReload() }
        undone.done.append("reloaded nginx")
    }

    private func proveGone(_ site: String) async throws {
        if let old = HostDisk.see(paths.site).text {
            guard old != site else { return }
            try await proof.serves(old, withTLS: old.contains("ssl_certificate "))
        } else {
            try await proof.servesNoMore(site)
        }
    }

    // MARK: what remains

    private func removeFolders(_ steps: [HostStep], _ undone: inout HostUndone) async throws {
        var full: [String] = []
        for step in steps.reversed() where step.kind == FilePutter.folder {
            if !HostDisk.removeEmptyFolder(step["path"]) { full.append(step["path"]) }
        }
        // The innermost say enough.
        undone.left += full.filter { path in !full.contains { $0.hasPrefix(path + "/") } }.map {
            "\($0): holds what ferry did not put there"
        }
    }

    /// Copies of files with passwords, which lie beside these.
    private func removeKept(_ steps: [HostStep]) throws {
        for step in steps where step.kind == FilePutter.put {
            let kept = step["kept"]
            if !kept.isEmpty, !kept.hasPrefix(run.folder), HostDisk.see(step["path"]).essence == step["was"] {
                try HostDisk.remove(kept)
            }
        }
    }

    private static func remains(_ steps: [HostStep]) -> [String] {
        let programs = steps.filter { $0.kind == HostInstall.run && !$0["what"].hasPrefix("certbot") }.map {
            "\($0["what"]): what a program has installed or made is not taken away"
        }
        let issued = steps.filter { $0.kind == CertificateIssue.issue }.map {
            "the certificate of \($0["name"]): authorities count how many they issue"
        }
        return programs + issued
    }
}

/// Mode and owner of a file that was, from its line in the journal.
private struct OldFile {
    let mode: Int
    let owner: Int
    let group: Int

    init?(_ essence: String) {
        let words = essence.split(separator: " ")
        guard words.count == 3, let mode = Int(words[1], radix: 8) else { return nil }
        let owners = words[2].split(separator: ":").compactMap { Int($0) }
        guard owners.count == 2 else { return nil }
        (self.mode, owner, group) = (mode, owners[0], owners[1])
    }
}
