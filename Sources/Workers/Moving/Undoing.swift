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

    func undo() async throws -> WorkersUndone {
        guard run.status != .undone else { throw Self.undone(run) }
        let hasFolder = try await hasFolder()
        let survey = UndoSurvey(
            run: run, journal: engine.journal, target: target, end: end, blocks: try await blocks())
        if hasFolder { try checkStandsStill() }
        let found = try await survey.findings(hasFolder: hasFolder)
        try checkLosesNothing(found)
        var undone = WorkersUndone()
        try await takeFolder(hasFolder, found, &undone)
        try await restoreSource(&undone)
        try await removeThings(survey.blocks, found, &undone)
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

    private func hasFolder() async throws -> Bool {
        guard try await book.isDone("target/publish") else { return false }
        return try await !book.isDone("target/unpublish")
    }

    private func takeFolder(
        _ hasFolder: Bool, _ found: UndoSurvey.Findings, _ undone: inout WorkersUndone
    ) async throws {
        let stage = "\(end.path).ferry-\(run.id)"
        if end.remote == nil, FileKind.at(stage) == .folder { try PrivateTree.remove(stage) }
        guard hasFolder, try end.manifest() != nil else { return }
        guard found.folderHasChanged else {
            try await book.act("target/unpublish", ["folder": .string(end.path)]) { try end.remove() }
            return undone.done.append("removed \(end.shown)")
        }
        let aside = "\(end.path).undone-\(run.id)"
        try await book.act("target/unpublish", ["folder": .string(end.path), "aside": .string(aside)]) {
            try end.move(to: aside)
        }
        undone.done.append(
            "moved \(end.shown) aside to \(aside), since it holds something newer than the run")
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

    private func removeThings(
        _ blocks: [MadeBlock], _ found: UndoSurvey.Findings, _ undone: inout WorkersUndone
    ) async throws {
        try keepAside(found.writtenBlocks, &undone)
        var removed = 0
        for block in blocks {
            if let agents = found.usedBlocks[block.id] {
                undone.left.append("block \(block.id): it is attached to \(agents)")
                continue
            }
            removed += 1
            try await remove(.deleteBlock(TargetID(block.id)), block.id)
        }
        let identities = Set(
            try await book.steps("target/create-identity").compactMap { $0.made("identity") })
        for id in identities.sorted() { try await remove(.deleteIdentity(TargetID(id)), id) }
        if removed > 0 { undone.done.append("removed \(removed.counted("block"))") }
        if !identities.isEmpty {
            undone.done.append("removed \(identities.count.counted("identity", "identities"))")
        }
    }

    private func remove(_ step: Step<TargetSide>, _ id: String) async throws {
        _ = try await book.perform(step, at: target, ["id": .string(id)])
        try await engine.journal.unmap(targetServer: target.address.url, targetID: id)
    }

    /// As the server showed them, a file each: an undo that was killed and is
    /// repeated finds only the blocks that are still there, and must not take
    /// the kept ones' place.
    private func keepAside(_ blocks: [Block<TargetSide>], _ undone: inout WorkersUndone) throws {
        guard !blocks.isEmpty else { return }
        let folder = "\(run.folder)/undone-blocks"
        try PrivateTree.makeFolder(folder)
        for (number, block) in blocks.enumerated() {
            let isPlain = block.id.raw.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            let name = isPlain ? block.id.raw : "block-\(number)"
            try PrivateTree.replace("\(folder)/\(name).json", with: block.json + [0x0A])
        }
        undone.done.append("kept \(blocks.count.counted("block")) that somebody has written to: \(folder)")
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
