import Home
import Journal
import LettaModel
import LosslessJSON

/// Leads every user's identity and block to the target: found there, or made
/// there with the same content. The source is read and nothing else.
struct UserMapper: Sendable {
    let journal: RunJournal
    /// nil where the source server is gone, and the user said that it may be.
    let source: (any Home<SourceSide>)?
    let target: any Home<TargetSide>
    /// Of the source, for the id map; also where it is gone.
    let sourceURL: String

    // MARK: What would happen

    func plan(_ needs: UserNeeds) async throws -> [PlannedThing] {
        var things: [PlannedThing] = []
        for (id, user) in needs.identities { things.append(try await planIdentity(id, user)) }
        for (id, user) in needs.blocks { things.append(try await planBlock(id, user)) }
        return things
    }

    private func planIdentity(_ old: String, _ user: ChatUser) async throws -> PlannedThing {
        func thing(_ fate: UserThing, _ new: String? = nil) -> PlannedThing {
            PlannedThing(
                kind: .identity, user: user.id, name: user.name, oldID: old, fate: fate, newID: new)
        }
        let known = try await source?.identity(SourceID(old))
        if let same = try await target.identity(TargetID(old)), known.map({ $0.key == same.key }) ?? true {
            return thing(.same, old)
        }
        for id in try await mapped(IdentityKind.name, old)
        where try await target.identity(TargetID(id)) != nil {
            return thing(.found, id)
        }
        let key = known?.key ?? user.rebuiltKey
        if let there = try await target.identities(key: key).first { return thing(.found, there.id.raw) }
        return thing(known == nil ? .rebuild : .create)
    }

    private func planBlock(_ old: String, _ user: ChatUser) async throws -> PlannedThing {
        let known = try await source?.block(SourceID(old))
        func thing(_ fate: UserThing, _ new: String? = nil) -> PlannedThing {
            PlannedThing(
                kind: .block, user: user.id, name: user.name, oldID: old, fate: fate, newID: new,
                label: known?.label)
        }
        if let same = try await target.block(TargetID(old)) {
            let isEqual = try known.map { try BlockContent.differences($0.json, same.json).isEmpty } ?? true
            if isEqual { return thing(.same, old) }
        }
        for id in try await mapped(BlockKind.name, old) where try await target.block(TargetID(id)) != nil {
            return thing(.found, id)
        }
        return thing(known == nil ? .rebuild : .create)
    }

    private func mapped(_ kind: String, _ old: String) async throws -> [String] {
        try await journal.find(
            kind: kind, sourceServer: sourceURL, sourceID: old, targetServer: target.address.url
        ).map(\.targetID)
    }

    // MARK: Making it so

    /// Old id -> new id, all of them in the journal's map when this returns.
    func make(_ things: [PlannedThing], _ users: [Int64: ChatUser], _ book: StepBook) async throws -> [String:
        String]
    {
        var made: [String: String] = [:]
        let tagged = try await target.blocks(tagged: Marker.runTag(book.run.description))
        for thing in things {
            guard let user = users[thing.user] else { continue }
            let new =
                switch thing.kind {
                case .identity: try await identity(thing, user, book)
                case .block: try await block(thing, user, tagged, book)
                }
            try await remember(thing, new, book.run)
            made[thing.oldID] = new
        }
        return made
    }

    private func remember(_ thing: PlannedThing, _ new: String, _ run: RunID) async throws {
        guard new != thing.oldID else { return }
        try await journal.map([
            IDMapping(
                kind: thing.kind.rawValue, sourceServer: sourceURL, sourceID: thing.oldID,
                targetServer: target.address.url, targetID: new, run: run)
        ])
    }

    private func identity(_ thing: PlannedThing, _ user: ChatUser, _ book: StepBook) async throws -> String {
        if let new = thing.newID {
            try await settleIdentity(thing, new, book)
            return new
        }
        let known = try await source?.identity(SourceID(thing.oldID))
        let body =
            try known.map { try IdentityContent.body(of: $0.json) } ?? IdentityContent.rebuilt(for: user)
        let key = known?.key ?? user.rebuiltKey
        if let there = try await adopted(key, thing, book) { return there }
        do {
            let outcome = try await book.perform(
                .createIdentity(json: body), at: target, ["from": .string(thing.oldID), "key": .string(key)])
            if case .identity(let id) = outcome { return id.raw }
        } catch let failure as Failure where failure.code == .serverRefused || failure.code == .outcomeUnknown
        {
            // Somebody was faster, or the answer was lost: the key is unique.
            guard let there = try await adopted(key, thing, book) else { throw failure }
            return there
        }
        throw Self.unnamed("identity")
    }

    /// The identity of that key, if there is one; an open step that wanted to
    /// make it is settled as done.
    private func adopted(_ key: String, _ thing: PlannedThing, _ book: StepBook) async throws -> String? {
        guard let there = try await target.identities(key: key).first else {
            try await book.abandonOpen("target/create-identity", from: thing.oldID)
            return nil
        }
        try await settleIdentity(thing, there.id.raw, book)
        return there.id.raw
    }

    /// Nothing had the key when the step was intended, so it is the step's.
    private func settleIdentity(_ thing: PlannedThing, _ new: String, _ book: StepBook) async throws {
        for step in try await book.steps("target/create-identity")
        where step.isOpen && step.detail("from") == thing.oldID {
            let made: JSONNode = ["identity": .string(new)]
            try await journal.settle(step.id, .done(details: made.bytes()))
        }
    }

    private func block(
        _ thing: PlannedThing, _ user: ChatUser, _ tagged: [Block<TargetSide>], _ book: StepBook
    ) async throws -> String {
        if let new = thing.newID { return new }
        if let there = tagged.first(where: { BlockContent.origin(of: $0.json) == thing.oldID }) {
            try await settle(thing, there.id.raw, book)
            return there.id.raw
        }
        try await book.abandonOpen(createBlock, from: thing.oldID)
        let known = try await source?.block(SourceID(thing.oldID))
        let marker = Marker(run: book.run.description, attempt: try await journal.nextAttempt(book.run))
        let tags = [marker.description, marker.runTag]
        let body =
            try known.map { try BlockContent.body(of: $0.json, from: thing.oldID, tags: tags) }
            ?? BlockContent.rebuilt(for: user, from: thing.oldID, tags: tags)
        do {
            let outcome = try await book.perform(
                .createBlock(json: body), at: target,
                [
                    "from": .string(thing.oldID), "fields": .string(MadeBlock.fields(of: body)),
                    "content": .string(MadeBlock.digest(of: body)),
                ], marker: marker)
            if case .block(let id) = outcome { return id.raw }
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            for pause in [0.2, 1, 2] {
                try await Task.sleep(for: .seconds(pause))
                let found = try await target.blocks(tagged: marker.description).first
                guard let found else { continue }
                try await settle(thing, found.id.raw, book)
                return found.id.raw
            }
            throw failure
        }
        throw Self.unnamed("block")
    }

    private var createBlock: String { "target/create-block" }

    private func settle(_ thing: PlannedThing, _ new: String, _ book: StepBook) async throws {
        let open = try await book.steps(createBlock).last { $0.isOpen && $0.detail("from") == thing.oldID }
        guard let open else { return }
        try await journal.settle(open.id, .done(details: (["block": .string(new)] as JSONNode).bytes()))
    }

    private static func unnamed(_ what: String) -> Failure {
        Failure(
            .answerNotUnderstood, subject: what, reason: "the target named none",
            remedy: "run the command again",
            end: .target)
    }

    // MARK: Afterwards

    /// Every made block and identity, read from the target and compared with
    /// the source. - Returns: what differs, in words.
    func differences(_ things: [PlannedThing], _ made: [String: String]) async throws -> [String] {
        var found: [String] = []
        for thing in things {
            guard let new = made[thing.oldID], thing.fate != .rebuild else { continue }
            let fields =
                switch thing.kind {
                case .identity: try await identityDifferences(thing, new)
                case .block: try await blockDifferences(thing.oldID, new)
                }
            if !fields.isEmpty {
                found.append(
                    "\(thing.kind.rawValue) \(new) of user \(thing.user): \(fields.joined(separator: ", "))")
            }
        }
        return found
    }

    /// One that was found by its key is somebody else's, name and all.
    private func identityDifferences(_ thing: PlannedThing, _ new: String) async throws -> [String] {
        guard let there = try await target.identity(TargetID(new)) else { return ["is not there"] }
        guard let known = try await source?.identity(SourceID(thing.oldID)) else { return [] }
        if thing.fate == .found { return known.key == there.key ? [] : ["identifier_key"] }
        return try IdentityContent.differences(known.json, there.json)
    }

    private func blockDifferences(_ old: String, _ new: String) async throws -> [String] {
        guard let there = try await target.observeBlock(TargetID(new)) else { return ["is not there"] }
        guard let known = try await source?.block(SourceID(old)) else { return [] }
        return try BlockContent.differences(known.json, there.value.json)
    }

    /// Takes the run's tags off its blocks; what the blocks had stays.
    func removeTags(_ book: StepBook) async throws {
        for block in try await target.blocks(tagged: Marker.runTag(book.run.description)) {
            let own = BlockContent.ownTags(try JSONDocument(block.json).root)
            let patch: JSONNode = ["tags": .array(own.map { .string($0) })]
            _ = try await book.perform(
                .patchBlock(block.id, json: patch.bytes()), at: target, ["id": .string(block.id.raw)])
        }
    }
}

extension StepBook {
    /// Steps that never happened, as a look has shown.
    fileprivate func abandonOpen(_ kind: String, from old: String) async throws {
        for step in try await steps(kind) where step.isOpen && step.detail("from") == old {
            try await journal.settle(step.id, .abandoned(reason: "nothing of it is on the server"))
        }
    }
}
