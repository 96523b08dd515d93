import Home
import Journal
import LettaModel
import LosslessJSON
import Snapshot

/// Source -> snapshot: everything that makes up the agent's own state, and
/// the names of everything around it.
///
/// Re-entrant: into the same file it fetches what is new and goes on where
/// it was stopped.
struct Capture {
    let home: any Home<SourceSide>
    let snapshot: AgentSnapshot
    /// Nil with `--read-only`: nothing is written to the source server.
    let reader: ReaderScope<SourceSide>?
    let options: CaptureOptions
    let progress: ProgressSink
    /// Told after each batch that is in the file, and (true) after the last.
    var passagesStored: @Sendable (Bool) -> Void = { _ in }

    /// How often the tail is pulled from a source that is in use.
    private static let rounds = 3

    /// **Errors**: those of the reads; `source-changed` when the agent is in
    /// use and `options` don't accept that.
    func run(_ agent: AgentState<SourceSide>, named serverName: String) async throws {
        let abilities = try await home.abilities()
        let earlierGaps = try await snapshot.documents(.gap).map(\.document)
            .filter { !Gap.isOfConversation($0) }
        var census = try await Census(of: snapshot)
        _ = try await snapshot.beginGeneration(origin(agent, abilities, serverName))
        var before = Standing(state: agent, counts: try await home.counts(of: agent.id), rows: nil)
        try await documents(of: agent)
        let passageCount = before.counts.passages
        async let archive: Void = passages(of: agent.id, total: passageCount)
        for round in 1... {
            let context = try await list(before, earlierGaps, &census)
            try await ConversationCapture(home: home, snapshot: snapshot, progress: progress).run(
                of: agent.id)
            try await native(before.state, context)
            try await archive
            let now = try await standing(of: agent.id)
            let moved = Movement.between(before, now) ?? census.complaint(now)
            guard let moved else {
                // Where nobody counts them, only another look finds those that came meanwhile.
                if now.counts.passages == nil { try await passages(of: agent.id, total: nil) }
                return try await finish(now, changed: nil)
            }
            progress(.note("the source is in use (\(moved)); reading what is new"))
            try await surroundingHistory(before, now)
            guard round < Self.rounds else { return try await finish(now, changed: moved) }
            before = census.wantsWhole ? now.beforeWholeListing : now
        }
    }

    /// What may have changed along with the history. All passages: one that
    /// was rewritten, or came for one that went, leaves their number alone.
    private func surroundingHistory(_ before: Standing, _ now: Standing) async throws {
        if before.state.json != now.state.json { try await documents(of: now.state) }
        try await passages(of: now.state.id, total: now.counts.passages)
    }

    private func standing(of agent: SourceID<AgentKind>) async throws -> Standing {
        Standing(
            state: try await home.agent(agent), counts: try await home.counts(of: agent),
            rows: try await snapshot.threads().reduce(0) { $0 + $1.rows })
    }

    private func origin(
        _ agent: AgentState<SourceSide>, _ abilities: Abilities, _ serverName: String
    ) -> SnapshotOrigin {
        let kind: ReaderKind = reader != nil && abilities.readsNative ? .native : .folded
        return SnapshotOrigin(
            serverURL: home.address.url, serverName: serverName, project: home.address.project,
            serverVersion: abilities.version, agentID: agent.id, agentName: agent.name,
            agentType: agent.agentType,
            reader: kind, startedAt: Instant.now())
    }

    private func finish(_ last: Standing, changed: String?) async throws {
        try await snapshot.put([Census.document(last.counts)])
        if let changed {
            guard options.acceptsChanges else {
                throw Failure(
                    .sourceChanged, subject: home.address.description,
                    reason: "the agent is in use and did not stand still: \(changed)",
                    remedy: "stop what talks to it and run the command again (it fetches only what is new), "
                        + "or take it as it is with --accept-changing", end: .source)
            }
            return try await snapshot.finishGeneration(at: Instant.now(), .sourceChanged(note: changed))
        }
        try await snapshot.finishGeneration(at: Instant.now(), .stable)
    }

    // MARK: Documents

    private func documents(of agent: AgentState<SourceSide>) async throws {
        var documents = [Document(kind: .agent, key: agent.id.raw, name: agent.name, json: agent.json)]
        for (position, block) in try await home.blocks(of: agent.id).enumerated() {
            documents.append(
                Document(
                    kind: .block, key: block.id.raw, name: block.label, position: position, json: block.json))
        }
        for (position, tool) in try await home.tools(of: agent.id).enumerated() {
            documents.append(
                Document(kind: .tool, key: tool.id.raw, name: tool.name, position: position, json: tool.json))
        }
        for (position, item) in try await home.surroundings(of: agent.id).enumerated() {
            documents.append(
                Document(
                    kind: .surrounding(item.kind), key: item.id, name: item.name, position: position,
                    json: item.json))
        }
        try await snapshot.put(documents)
    }

    /// A passage that comes among those that were read already, or goes, makes
    /// the counts disagree: then all are read again.
    private func passages(of agent: SourceID<AgentKind>, total: Int?) async throws {
        for attempt in 1... {
            do {
                return try await readPassages(of: agent, total: total)
            } catch let failure as Failure where failure.code == .historyIncomplete && attempt < Self.rounds {
                progress(.note("the archival memory is in use (\(failure.reason)); reading it again"))
            }
        }
    }

    private func readPassages(of agent: SourceID<AgentKind>, total: Int?) async throws {
        var done = 0
        let batches = home.passages(of: agent, route: .listing)
        try await snapshot.beginPassages()
        var batch = try await batches.next()
        while let passages = batch {
            async let upcoming = batches.next()
            try await snapshot.appendPassages(passages)
            done += passages.count
            progress(.counted("passages read", done: done, total: total))
            passagesStored(false)
            batch = try await upcoming
        }
        try await snapshot.finishPassages()
        passagesStored(true)
    }

    // MARK: History

    /// Lists what is new; the next page is fetched while this one is stored.
    /// - Returns: in-context rows that were listed now.
    private func list(
        _ standing: Standing, _ earlierGaps: [Document], _ census: inout Census
    ) async throws -> ContextRows {
        guard !census.wantsWhole else { return try await listWhole(standing, &census) }
        do {
            return try await list(standing, from: .stableTail, earlierGaps, &census)
        } catch let failure as Failure where failure.code == .cursorVanished {
            progress(.note("a row of the last capture is gone at the source; listing from the beginning"))
            return try await listWhole(standing, &census)
        }
    }

    private func listWhole(
        _ standing: Standing, _ census: inout Census
    ) async throws -> ContextRows {
        try await list(standing, from: .beginning, [], &census)
    }

    private func list(
        _ standing: Standing, from rule: RestartRule, _ earlierGaps: [Document], _ census: inout Census
    ) async throws -> ContextRows {
        let agent = standing.state
        var context = ContextRows(of: agent)
        var position = try await snapshot.beginListing(.main, from: rule)
        var gaps = position.after == nil ? [] : earlierGaps
        if position.after != nil { try await refreshSystemRows(agent.id, before: position.ordinal) }
        census.listed(fromBeginning: position.after == nil)
        let total = standing.counts.rows
        let pages = home.listing(
            of: agent.id, thread: .main, from: position.after.map { .after($0) } ?? .oldest)
        var page = try await pages.next()
        while let current = page {
            async let upcoming = pages.next()
            if let stretch = current.unreachable { gaps.append(Gap.document(stretch, position: gaps.count)) }
            position = try await snapshot.record(current.rows, at: position)
            context.note(current.rows, at: position.places)
            progress(.counted("messages listed", done: position.ordinal, total: total))
            page = try await upcoming
        }
        try await snapshot.finishListing(at: position)
        if !gaps.isEmpty {
            progress(
                .note(
                    "\(gaps.count.counted("stretch", "stretches")) of the history cannot be listed by the source"
                ))
            try await snapshot.put(gaps)
        }
        return context
    }

    /// System rows keep their id and change their text: those that lie
    /// before the tail are looked at again.
    private func refreshSystemRows(_ agent: SourceID<AgentKind>, before ordinal: Int) async throws {
        for row in try await snapshot.systemRows(.main) where row.ordinal < ordinal {
            let previous =
                row.ordinal == 0 ? nil : try await snapshot.rows(.main, from: row.ordinal - 1, limit: 1).first
            let pages = home.listing(
                of: agent, thread: .main, from: previous.map { .after($0.id) } ?? .oldest)
            guard let found = try await pages.next()?.rows.first(where: { $0.id == row.id }) else { continue }
            _ = try await snapshot.rewriteListed([(ordinal: row.ordinal, row: found)], thread: .main)
        }
    }

    /// Export form for what lacks it: through the reader agent, or, for the
    /// rows in context, from the agent's own export.
    private func native(_ agent: AgentState<SourceSide>, _ context: ContextRows) async throws {
        try await ownExport(of: agent, context)
        guard let reader, try await home.abilities().readsNative else { return }
        var threads: [Thread] = []
        for thread in try await snapshot.threads().map(\.thread)
        where try await snapshot.rowsWithoutNative(thread, maxRows: 1) != nil {
            threads.append(thread)
        }
        guard !threads.isEmpty else { return }
        progress(.note("a temporary reader agent is made on \(home.address) and removed afterwards"))
        do {
            try await reader.withReader(template: agent.json) { [threads] id in
                for thread in threads { try await nativeSlices(of: thread, through: id) }
            }
        } catch let failure as Failure where failure.code == .readerFailed {
            progress(.note("\(failure.reason); the rest of the history is rebuilt from its listing"))
        }
    }

    /// What one slice brought is stored while the source exports the next.
    private func nativeSlices(of thread: Thread, through reader: SourceID<AgentKind>) async throws {
        let threads = try await snapshot.threads()
        let total = threads.reduce(0) { $0 + $1.rows }
        var done = total - threads.reduce(0) { $0 + $1.missingNative }
        var brought: [(ordinal: Int, json: VerbatimJSON)] = []
        var place = 0
        while let slice = try await snapshot.rowsWithoutNative(thread, from: place) {
            let waiting = brought
            async let stored: Void = store(waiting, of: thread)
            let rows = try await bring(slice, through: reader)
            try await stored
            brought = rows ?? []
            guard rows != nil, let last = slice.rows.last else { continue }
            done += slice.rows.count { !$0.hasNative && $0.ordinal >= place }
            place = last.ordinal + 1
            progress(.counted("messages read in full", done: done, total: total))
        }
        try await store(brought, of: thread)
    }

    private func store(_ rows: [(ordinal: Int, json: VerbatimJSON)], of thread: Thread) async throws {
        guard !rows.isEmpty else { return }
        try await snapshot.storeNative(rows, thread: thread)
    }

    /// - Returns: nil where rows of the slice are gone by now, so that it has
    ///   to be cut anew.
    private func bring(
        _ slice: NativeSlice, through reader: SourceID<AgentKind>
    ) async throws -> [(ordinal: Int, json: VerbatimJSON)]? {
        do {
            let rows = try await home.nativeRows(slice.rows.map(\.id), through: reader)
            try NativeAgreement.check(slice.rows, rows, at: home.address)
            return zip(slice.rows, rows).map { (ordinal: $0.ordinal, json: $1.json) }
        } catch let vanished as RowsVanished {
            try await drop(vanished, from: slice)
            return nil
        }
    }

    private func drop(_ vanished: RowsVanished, from slice: NativeSlice) async throws {
        let gone = slice.rows.filter { vanished.ids.contains($0.id.raw) }.map(\.ordinal)
        guard !gone.isEmpty else {
            throw Failure(
                .readerFailed, subject: home.address.description,
                reason: "the server names rows that were not asked for", remedy: "use --read-only")
        }
        progress(.note("\(gone.count) rows are gone at the source since they were listed"))
        try await snapshot.markGone(gone, thread: slice.thread)
    }

    /// The agent's own export: its shell, and exact rows for the context.
    private func ownExport(of agent: AgentState<SourceSide>, _ context: ContextRows) async throws {
        let export: ExportedAgent
        do {
            export = try await home.export(of: agent.id)
        } catch let failure as Failure where failure.code == .serverError || failure.code == .serverRefused {
            progress(.note("the source's own export fails (\(failure.reason)); going on without it"))
            return
        }
        try await snapshot.put([
            Document(kind: .exportShell, key: agent.id.raw, name: agent.name, json: export.shell)
        ])
        guard !context.isEmpty, let rows = try context.exact(export.rows) else { return }
        // The rows come by position alone: a context that moved would give
        // each row the body of another.
        guard try await home.agent(agent.id).messageIDs == agent.messageIDs else { return }
        try await snapshot.storeNative(rows, thread: .main)
    }
}
