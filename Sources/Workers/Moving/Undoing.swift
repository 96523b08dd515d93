import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON

/// Takes back what one run made: the folder if nothing has become of it
/// since, identities and blocks on the target, tokens and marker at the
/// source. What the run found there before stays.
struct Undoing: Sendable {
    let engine: WorkersEngine
    let run: RunRecord
    let target: any Home<TargetSide>
    /// nil where nothing was retired.
    let local: LocalTree
    let end: TargetEnd

    private var book: StepBook {
        StepBook(journal: engine.journal, run: run.id, interrupt: engine.interrupt)
    }

    /// - Returns: what was done, a line each.
    func undo() async throws -> [String] {
        var done: [String] = []
        done += try await removeFolder()
        done += try await restoreSource()
        done += try await removeThings()
        try await engine.journal.setStatus(run.id, .undone, verdict: "undone")
        return done
    }

    // MARK: The folder

    private func removeFolder() async throws -> [String] {
        let stage = "\(end.path).ferry-\(run.id)"
        if end.remote == nil, FileKind.at(stage) == .folder { try PrivateTree.remove(stage) }
        let published = try await book.isDone("target/publish")
        guard published, try await !book.isDone("target/unpublish"), let there = try end.manifest() else {
            return []
        }
        let made = try Manifest(json: PrivateTree.read("\(run.folder)/published.json"))
        let differing = there.differences(from: made)
        guard differing.isEmpty else {
            throw Failure(
                .workerChanged, subject: end.path,
                reason: "has changed since ferry made it: \(differing.prefix(5).joined(separator: ", "))"
                    + (differing.count > 5 ? " and \(differing.count - 5) more" : ""),
                remedy:
                    "if nothing of it is needed, remove it yourself, then run the command again: rm -r \(end.path)",
                end: .target)
        }
        try await book.act("target/unpublish", ["folder": .string(end.path)]) { try end.remove() }
        return ["removed \(end.path)"]
    }

    // MARK: The source

    private func restoreSource() async throws -> [String] {
        var done: [String] = []
        for step in try await book.steps("source/retire") {
            guard let place = step.detail("path"), let after = step.detail("after"),
                let backup = backup(of: step)
            else { continue }
            let path = "\(local.path)/\(place)"
            guard let bytes = try local.bytes(path, place), ContentDigest.ofBytes(bytes).description == after
            else {
                continue
            }
            let old = try PrivateTree.read(backup)
            try await book.act("source/restore", ["path": .string(place)]) {
                try local.replace(path, place, with: old)
            }
            done.append("restored \(place)")
        }
        for step in try await book.steps("source/mark-retired") {
            guard let place = step.detail("path"), let after = step.detail("after") else { continue }
            let path = "\(local.path)/\(place)"
            guard let bytes = try local.bytes(path, place), ContentDigest.ofBytes(bytes).description == after
            else {
                continue
            }
            try await book.act("source/unmark", ["path": .string(place)]) { try local.remove(path, place) }
            done.append("removed \(place)")
        }
        return done
    }

    private func backup(of step: StepRecord) -> String? {
        step.intent.preImage.flatMap { try? JSONDocument($0).root["backup"]?.string }
    }

    // MARK: The target

    /// Also what an open step may have left: it carries the run's tag.
    private func removeThings() async throws -> [String] {
        var blocks = try await made("target/create-block", "block")
        blocks += try await target.blocks(tagged: Marker.runTag(run.id.raw)).map(\.id.raw)
        let identities = try await made("target/create-identity", "identity")
        for id in Set(blocks).sorted() {
            _ = try await book.perform(.deleteBlock(TargetID(id)), at: target, ["id": .string(id)])
            try await engine.journal.unmap(targetServer: target.address.url, targetID: id)
        }
        for id in Set(identities).sorted() {
            _ = try await book.perform(.deleteIdentity(TargetID(id)), at: target, ["id": .string(id)])
            try await engine.journal.unmap(targetServer: target.address.url, targetID: id)
        }
        var done: [String] = []
        if !blocks.isEmpty { done.append("removed \(Set(blocks).count.counted("block"))") }
        if !identities.isEmpty {
            done.append("removed \(Set(identities).count.counted("identity", "identities"))")
        }
        return done
    }

    private func made(_ kind: String, _ key: String) async throws -> [String] {
        try await book.steps(kind).compactMap { $0.made(key) }
    }
}

extension TargetEnd {
    func remove() throws {
        if let remote { return try remote.removeFolder(path) }
        try PrivateTree.remove(path)
    }
}
