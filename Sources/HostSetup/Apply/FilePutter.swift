import Hashing
import LettaModel

/// Puts files, each with what stood there before kept for an undo.
struct FilePutter: Sendable {
    let book: HostBook
    /// The run's, 0700.
    let folder: String
    let owner: HostFacts.Owner
    /// By path: what stood there when the plan was made.
    let planned: [String: String]
    /// Nothing is put outside of it; empty for the host.
    var base = ""

    /// Says whether anything had to be done.
    ///
    /// **Errors**: `host-plan-stale` where something else stands there than
    /// was planned for and than this run has put.
    func put(_ file: DesiredFile) async throws -> Bool {
        try checkStaysInside(file.path)
        let seen = HostDisk.see(file.path)
        let will = essence(of: file)
        guard seen.essence != will else { return false }
        var expected = try await book.steps().filter { $0.kind == Self.put && $0["path"] == file.path }
            .map { $0["will"] }
        expected.append(planned[file.path] ?? SeenFile.absent.essence)
        guard expected.contains(seen.essence) else { throw Self.stale(file.path) }
        try await makeFolders(above: file.path)
        // What this run has put itself is not what an undo goes back to.
        let isOwn = expected.dropLast().contains(seen.essence)
        let kept = isOwn ? "" : placeToKeep(seen, of: file)
        try await book.act(
            Self.put, ["path": file.path, "was": seen.essence, "will": will, "kept": kept]
        ) {
            try keep(seen, at: kept)
            try HostDisk.put(
                Array(file.text.utf8), at: file.path, mode: file.mode, owner: owner.user, group: owner.group)
        }
        return true
    }

    static let put = "host/put"
    static let folder = "host/folder"

    static func stale(_ path: String) -> Failure {
        Failure(
            .hostPlanStale, subject: path, reason: "is not as it was when the plan was made",
            remedy: "look at it, then plan anew: ferry host plan")
    }

    private func checkStaysInside(_ path: String) throws {
        guard !base.isEmpty, let detour = HostDisk.detour(to: path, below: base) else { return }
        throw Failure(
            .hostConflict, subject: detour.link,
            reason: "is a link to \(detour.target), and would lead out of the root",
            remedy: "take it away: rm \(detour.link)")
    }

    private func essence(of file: DesiredFile) -> String {
        SeenFile.file(
            bytes: Array(file.text.utf8), mode: file.mode, owner: owner.user, group: owner.group
        ).essence
    }

    /// What holds passwords is kept beside its place, where it was before;
    /// everything else in the run's folder. 0600 both.
    private func placeToKeep(_ seen: SeenFile, of file: DesiredFile) -> String {
        guard case .file = seen else { return "" }
        let name = file.path.split(separator: "/").last ?? ""
        let mark = ContentDigest.ofBytes(Array((file.path + seen.essence).utf8)).description.prefix(16)
        return file.isSecret
            ? "\(HostDisk.folder(of: file.path))/.\(name).before-\(book.run)" : "\(folder)/before-\(mark)"
    }

    /// Within the step, so that no copy lies anywhere without a line of it.
    private func keep(_ seen: SeenFile, at place: String) throws {
        guard case .file(let bytes, _, _, _) = seen, !place.isEmpty, !HostDisk.exists(place) else { return }
        try HostDisk.put(bytes, at: place, mode: 0o600, owner: owner.user, group: owner.group)
    }

    func makeFolders(above path: String) async throws {
        try checkStaysInside(path)
        for missing in HostDisk.missingFolders(above: path) { try await makeFolder(missing) }
    }

    func makeFolder(_ path: String) async throws {
        try checkStaysInside(path + "/x")
        guard !HostDisk.exists(path) else { return }
        try await makeFolders(above: path)
        let isPrivate = ["/etc/letta", "/etc/ferry/tls"].contains { path.hasSuffix($0) }
        try await book.act(Self.folder, ["path": path]) {
            try HostDisk.makeFolder(path, mode: isPrivate ? 0o700 : 0o755)
        }
    }
}
