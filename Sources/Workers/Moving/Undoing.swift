import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON
import WorkerTree

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How a run of workers is to be taken back.
public struct WorkersUndoOrder: Sendable {
    /// Also where the folder or a user's block holds something newer than the
    /// run; it is kept aside then.
    public var discardsNewer: Bool

    public init(discardsNewer: Bool = false) { self.discardsNewer = discardsNewer }
}

/// What an undo came to, a line each.
public struct WorkersUndone: Sendable, Equatable {
    public var done: [String] = []
    /// What it did not touch, and why.
    public var left: [String] = []
}

/// Takes back what one run made: the folder, identities and blocks on the
/// target, tokens and marker at the source. What the run found there before
/// stays. Where something newer than the run would go, it refuses before it
/// changes anything; told to, it keeps that aside first.
struct Undoing: Sendable {
    let engine: WorkersEngine
    let run: RunRecord
    let target: any Home<TargetSide>
    let order: WorkersUndoOrder
    let local: LocalTree
    let end: TargetEnd

    private var book: StepBook {
        StepBook(journal: engine.journal, run: run.id, interrupt: engine.interrupt)
    }

    /// A later run finds what this one made, and gives it to its users.
    private func usedByRuns() async throws -> [String: String] {
        let own = try await engine.journal.mappings(of: run.id)
        var used: [String: String] = [:]
        for other in try await engine.journal.runs()
        where other.id != run.id && other.draft.job == WorkersEngine.job && other.status != .undone {
            guard let json = try? PrivateTree.read("\(other.folder)/expected.json"),
                let expected = try? Expectation(json: json), expected.server == target.address.url
            else { continue }
            let needed = Set(expected.things.map(\.oldID))
            for mapping in own where needed.contains(mapping.sourceID) {
                used[mapping.targetID] = other.id.description
            }
        }
        return used
    }

    func undo() async throws -> WorkersUndone {
        guard run.status != .undone else { throw Self.undone(run) }
        try PrivateTree.remove("\(run.folder)/scratch")
        let hasFolder = try await hasFolder()
        let survey = UndoSurvey(
            run: run, target: target, end: end, blocks: try await blocks(),
            identities: try await identities(), usedByRuns: try await usedByRuns())
        if hasFolder { try checkStandsStill() }
        let found = try await survey.findings(hasFolder: hasFolder)
        try checkLosesNothing(found)
        var undone = WorkersUndone()
        try await takeFolder(hasFolder, found, &undone)
        try await restoreSource(&undone)
        try await removeThings(survey, found, &undone)
        try await engine.journal.setStatus(run.id, .undone, verdict: "undone")
        return undone
    }

    private static func undone(_ run: RunRecord) -> Failure {
        Failure(
            .runNotUndoable, subject: run.id.description, reason: "it is undone already",
            remedy: "ferry show \(run.id)")
    }

    // MARK: Refusing

    /// The new workers may have begun to work.
    private func checkStandsStill() throws {
        let file = "\(run.folder)/expected.json"
        guard FileKind.at(file) != nil else { return }
        for program in try Expectation(json: PrivateTree.read(file)).programs {
            guard let place = program.database else { continue }
            if let refusal = try end.refusal("\(end.path)/\(place)", name: program.name) { throw refusal }
        }
    }

    private func checkLosesNothing(_ found: UndoSurvey.Findings) throws {
        guard let first = found.newer.first, !order.discardsNewer else { return }
        let more = found.newer.count - 1
        throw Failure(
            first.code, subject: first.subject,
            reason: first.words + (more > 0 ? "; and \(more.counted("other thing")) like it" : ""),
            remedy:
                "keep it; or: ferry undo \(run.id) --discard-newer, which keeps what is newer aside first",
            end: .target)
    }

    // MARK: The folder

    /// Also where the process ended between the rename and its record: the
    /// stage that was to be renamed is gone then.
    private func hasFolder() async throws -> Bool {
        let publishing = try await book.steps("target/publish")
        let isPublished = publishing.contains { if case .done = $0.outcome { true } else { false } }
        guard try isPublished || (publishing.contains(where: \.isOpen) && stage.manifest() == nil) else {
            return false
        }
        return try await !book.isDone("target/unpublish")
    }

    /// The folder's name before it is published, and while it is removed.
    private var stage: TargetEnd {
        TargetEnd(path: "\(end.path).ferry-\(run.id)", remote: end.remote, spool: end.spool)
    }

    private var aside: TargetEnd {
        TargetEnd(path: "\(end.path).undone-\(run.id)", remote: end.remote, spool: end.spool)
    }

    private func takeFolder(
        _ hasFolder: Bool, _ found: UndoSurvey.Findings, _ undone: inout WorkersUndone
    ) async throws {
        guard hasFolder else { return try stage.remove() }
        let isThere = try end.manifest() != nil
        guard try isThere || stage.manifest() != nil else { return try await tellOfGone(&undone) }
        let details: JSONNode = ["folder": .string(end.path), "aside": .string(aside.path)]
        let isKept = try await book.act("target/unpublish", details) {
            try unpublish(isThere, hasChanged: found.folderHasChanged)
        }
        undone.done.append(
            isKept
                ? "moved \(end.shown) aside to \(aside.path), since it holds something newer than the run"
                : "removed \(end.shown)")
    }

    /// Out of the way in one step, then compared once more: what came since
    /// the look is kept.
    /// - Returns: whether it was kept.
    private func unpublish(_ isThere: Bool, hasChanged: Bool) throws -> Bool {
        if isThere && hasChanged {
            try end.move(to: aside.path)
            if let left = try stage.manifest(), try isOurs(left) {
                try stage.remove()
            }
            return true
        }
        if isThere { try end.move(to: stage.path) }
        guard let left = try stage.manifest(), try !isOurs(left) else {
            try stage.remove()
            return false
        }
        try stage.move(to: aside.path)
        return true
    }

    private func isOurs(_ left: Manifest) throws -> Bool {
        let made = try UndoSurvey.published(run)
        return left.withoutReaders(since: made, in: stage.remote == nil ? stage.path : nil).isPart(of: made)
    }

    /// By an undo that was killed before it wrote so down, or by somebody else.
    private func tellOfGone(_ undone: inout WorkersUndone) async throws {
        let isOurs = try await book.steps("target/unpublish").contains(where: \.isOpen)
        if try aside.manifest() != nil {
            undone.done.append("\(end.shown) was moved aside to \(aside.path) already")
        } else if isOurs {
            undone.done.append("removed \(end.shown)")
        } else {
            undone.left.append("\(end.shown) is not there, or is no folder any more: nothing was removed")
        }
    }

    // MARK: The source

    private func restoreSource(_ undone: inout WorkersUndone) async throws {
        var seen: Set<String> = []
        for step in try await book.steps("source/retire") {
            guard let place = step.detail("path"), seen.insert(place).inserted else { continue }
            try await restore(place, &undone)
        }
        for step in try await book.steps("source/mark-retired").prefix(1) {
            try await unmark(step, &undone)
        }
    }

    /// The run's own change is taken back, also in a file that somebody has
    /// changed since: its lines bear the mark.
    private func restore(_ place: String, _ undone: inout WorkersUndone) async throws {
        let steps = try await book.steps("source/retire").filter { $0.detail("path") == place }
        let backups = steps.compactMap { backup(of: $0) }
        let path = "\(local.path)/\(place)"
        guard let bytes = try local.bytes(path, place) else {
            return undone.left.append("\(place) is gone; its bytes of before: \(backups.first ?? "none")")
        }
        let digest = ContentDigest.ofBytes(bytes).description
        guard let voiced = Retirement.voiced(bytes) else {
            if !steps.contains(where: { $0.detail("before") == digest }) {
                undone.left.append(
                    "\(place) has changed since and bears no mark any more; its bytes of before: "
                        + (backups.first ?? "none"))
                return
            }
            return try backups.forEach(PrivateTree.remove)
        }
        let isOurs = steps.contains { $0.detail("after") == digest }
        try await book.act("source/restore", ["path": .string(place)]) {
            try local.replace(path, place, with: voiced)
        }
        undone.done.append(
            isOurs
                ? "restored \(place)"
                : "gave \(place) its tokens back; what was changed there since is still so")
        try backups.forEach(PrivateTree.remove)
    }

    private func unmark(_ step: StepRecord, _ undone: inout WorkersUndone) async throws {
        guard let place = step.detail("path"), let after = step.detail("after") else { return }
        let path = "\(local.path)/\(place)"
        guard let bytes = try local.bytes(path, place) else { return }
        guard ContentDigest.ofBytes(bytes).description == after else {
            return undone.left.append("\(place) at the source has changed since; remove it yourself")
        }
        try await book.act("source/unmark", ["path": .string(place)]) { try local.remove(path, place) }
        undone.done.append("removed \(place)")
    }

    private func backup(of step: StepRecord) -> String? {
        step.intent.preImage.flatMap { try? JSONDocument($0).root["backup"]?.string }
    }

    // MARK: The target

    /// Also what an open step may have left: it carries the run's tag.
    private func blocks() async throws -> [MadeBlock] {
        let steps = try await book.steps("target/create-block")
        let known = try await MadeBlock.all(of: run.id, engine.journal)
        let tagged = try await target.blocks(tagged: Marker.runTag(run.id.raw))
        let lost = tagged.filter { block in !known.contains { $0.id == block.id.raw } }.map { block in
            let step = steps.last { $0.detail("from") == BlockContent.origin(of: block.json) }
            return MadeBlock(
                id: block.id.raw, fields: step?.detail("fields") ?? "", content: step?.detail("content") ?? ""
            )
        }
        var seen: Set<String> = []
        return (known + lost).filter { seen.insert($0.id).inserted }.sorted { $0.id < $1.id }
    }

    /// Also what an open step may have made: nothing had its key when it was
    /// intended, so what has it now is the step's.
    private func identities() async throws -> [MadeIdentity] {
        var found: [String: MadeIdentity] = [:]
        for step in try await book.steps("target/create-identity") {
            let content = step.detail("content") ?? ""
            if let id = step.made("identity") {
                found[id] = MadeIdentity(id: id, content: content)
            } else if step.isOpen, let key = step.detail("key") {
                for one in try await target.identities(key: key) where found[one.id.raw] == nil {
                    found[one.id.raw] = MadeIdentity(id: one.id.raw, content: content)
                }
            }
        }
        return found.values.sorted { $0.id < $1.id }
    }

    private func removeThings(
        _ survey: UndoSurvey, _ found: UndoSurvey.Findings, _ undone: inout WorkersUndone
    ) async throws {
        try keepAside(found, &undone)
        let blocks = survey.blocks.map(\.id)
        let identities = survey.identities.map(\.id)
        for (kind, ids) in [("block", blocks), ("identity", identities)] {
            for id in ids {
                if let agents = found.used[id] {
                    undone.left.append("\(kind) \(id): it is \(agents)")
                }
            }
        }
        let goingBlocks = blocks.filter { found.used[$0] == nil }
        let goingIdentities = identities.filter { found.used[$0] == nil }
        for id in goingBlocks { try await remove(.deleteBlock(TargetID(id)), id) }
        for id in goingIdentities { try await remove(.deleteIdentity(TargetID(id)), id) }
        count(goingBlocks, found, "block", "blocks", &undone)
        count(goingIdentities, found, "identity", "identities", &undone)
    }

    private func count(
        _ ids: [String], _ found: UndoSurvey.Findings, _ one: String, _ many: String,
        _ undone: inout WorkersUndone
    ) {
        let there = ids.count { found.there[$0] != nil }
        if there > 0 { undone.done.append("removed \(there.counted(one, many))") }
    }

    private func remove(_ step: Step<TargetSide>, _ id: String) async throws {
        _ = try await book.perform(step, at: target, ["id": .string(id)])
        try await engine.journal.unmap(targetServer: target.address.url, targetID: id)
    }

    /// As the server showed them, a file each: an undo that was killed and is
    /// repeated finds only those that are still there, and must not take the
    /// kept ones' place.
    private func keepAside(_ found: UndoSurvey.Findings, _ undone: inout WorkersUndone) throws {
        let kept = found.there.filter { found.written.contains($0.key) }.sorted { $0.key < $1.key }
        guard !kept.isEmpty else { return }
        let folder = "\(run.folder)/undone"
        try PrivateTree.makeFolder(folder)
        for (id, json) in kept {
            let name = id.unicodeScalars.map { scalar in
                let isPlain =
                    scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar == "-"
                        || (0x30...0x39).contains(scalar.value))
                return isPlain ? String(scalar) : "_"
            }.joined()
            try PrivateTree.replace("\(folder)/\(name).json", with: json + [0x0A])
        }
        undone.done.append("kept \(kept.count.counted("thing")) that somebody has written to: \(folder)")
    }
}

extension TargetEnd {
    /// As the user typed it.
    var shown: String { remote.map { "\($0.name):\(path)" } ?? path }

    func remove() throws {
        if let remote { return try remote.removeFolder(path) }
        try PrivateTree.remove(path)
    }

    func move(to aside: String) throws {
        if let remote { return try remote.move(path, to: aside) }
        guard rename(path, aside) == 0 else { throw DiskFailure.unwritable(path) }
    }

    /// What speaks against taking a database away; nil where nobody has it open.
    func refusal(_ database: String, name: String) throws -> Failure? {
        if let remote { return try remote.refusal([database], name: name, end: .target) }
        guard FileKind.at(database) != nil else { return nil }
        let holders = Holders.of(database)
        guard !holders.isNobody else { return nil }
        return Refusals.running(database, holders.words, name: name, end: .target)
    }
}
