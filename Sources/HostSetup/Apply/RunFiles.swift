import Journal
import LettaModel

/// The files that one run put, and what stood there before. It goes by what
/// stands there now, not by how far the run said it had come.
struct RunFiles: Sendable {
    let book: HostBook
    let run: RunRecord
    let discardsNewer: Bool

    /// **Errors**: `undo-would-lose`.
    func checkLosesNothing() async throws {
        guard !discardsNewer else { return }
        let steps = try await book.steps()
        try await checkNothingLater(Set(Self.firstPuts(steps).keys))
        for (path, known) in Self.known(steps).sorted(by: { $0.key < $1.key }) {
            let seen = HostDisk.see(path)
            guard seen != .absent, !known.contains(seen.essence) else { continue }
            throw Failure(
                .undoWouldLose, subject: path, reason: "was changed since the run",
                remedy: "keep it as it is, or set it aside: ferry undo \(run.id) --discard-newer")
        }
    }

    /// A later run may have put the same text again, and then it is that run's.
    private func checkNothingLater(_ paths: Set<String>) async throws {
        for other in try await book.journal.runs().prefix(while: { $0.id != run.id })
        where other.draft.job == run.draft.job && ![.undone, .failed].contains(other.status) {
            let puts = try await book.journal.steps(other.id).map(HostStep.init)
            guard let path = puts.first(where: { $0.kind == FilePutter.put && paths.contains($0["path"]) })
            else { continue }
            throw Failure(
                .undoWouldLose, subject: path["path"], reason: "was put by a later run, \(other.id)",
                remedy: "take that back first: ferry undo \(other.id)")
        }
    }

    /// Files and folders, for a run that did nothing else.
    func takeBack() async throws -> HostUndone {
        let steps = try await book.steps()
        var undone = HostUndone()
        let first = Self.firstPuts(steps)
        for step in steps.reversed() where first[step["path"]] == step.number {
            try await restore(step, Self.known(steps)[step["path"]] ?? [], &undone)
        }
        try removeCopies(steps)
        try await removeFolders(steps, &undone)
        return undone
    }

    /// By path: the step before which everything was the user's.
    static func firstPuts(_ steps: [HostStep]) -> [String: StepID] {
        Dictionary(
            steps.filter { $0.kind == FilePutter.put }.map { ($0["path"], $0.number) }, uniquingKeysWith: min)
    }

    /// By path: everything that this run found there or put there.
    static func known(_ steps: [HostStep]) -> [String: Set<String>] {
        var known: [String: Set<String>] = [:]
        for step in steps where step.kind == FilePutter.put {
            known[step["path"], default: []].formUnion([step["was"], step["will"]])
        }
        return known
    }

    /// A path goes back to what stood there before this run's first change.
    func restore(_ step: HostStep, _ known: Set<String>, _ undone: inout HostUndone) async throws {
        let (path, was) = (step["path"], step["was"])
        let seen = HostDisk.see(path)
        guard seen.essence != was else { return }
        let isOurs = known.contains(seen.essence) || seen == .absent
        guard isOurs || discardsNewer else {
            undone.left.append("\(path): was changed since the run")
            return
        }
        let wasAbsent = was == SeenFile.absent.essence
        if !isOurs { try await setAside(path, &undone) }
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

    /// Somebody's change stays beside its place, whatever it is: it may hold a
    /// password, and the run's folder holds none.
    private func setAside(_ path: String, _ undone: inout HostUndone) async throws {
        var place = ""
        try await book.act("host/set-aside", ["path": path]) {
            place = try HostDisk.setAside(path, as: "newer-\(run.id)")
        }
        undone.done.append("set aside \(path): it is \(place) now")
    }

    func removeFolders(_ steps: [HostStep], _ undone: inout HostUndone) async throws {
        var full: [String] = []
        for step in steps.reversed() where step.kind == FilePutter.folder {
            if !HostDisk.removeEmptyFolder(step["path"]) { full.append(step["path"]) }
        }
        // The innermost say enough.
        undone.left += full.filter { path in !full.contains { $0.hasPrefix(path + "/") } }.map {
            "\($0): holds what ferry did not put there"
        }
    }

    /// Copies of files with passwords, which lie beside these, and what a kill
    /// left half written.
    func removeCopies(_ steps: [HostStep]) throws {
        for step in steps where step.kind == FilePutter.put {
            let kept = step["kept"]
            try HostDisk.remove(HostDisk.temporary(step["path"]))
            if !kept.isEmpty { try HostDisk.remove(HostDisk.temporary(kept)) }
            if !kept.isEmpty, !kept.hasPrefix(run.folder), HostDisk.see(step["path"]).essence == step["was"] {
                try HostDisk.remove(kept)
            }
        }
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
