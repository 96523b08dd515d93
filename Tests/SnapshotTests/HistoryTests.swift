import LettaModel
import Snapshot
import Testing

struct HistoryTests {
    @Test func `a thousand rows come back in order and byte for byte`() async throws {
        let scratch = try Scratch()
        let rows = (0..<1_000).map { listed($0) }
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list(rows)
            try await snapshot.finishGeneration(at: noon, .stable)
        }
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            let stored = try await snapshot.allRows()
            #expect(stored.map(\.ordinal) == Array(0..<1_000))
            #expect(stored.map(\.listed) == rows.map(\.items))
            #expect(stored.map(\.id) == rows.map(\.id))
        }
    }

    @Test func `a second run lists only from fifteen minutes before the first`() async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list((0..<1_000).map { listed($0) })
            try await snapshot.finishGeneration(at: noon, .stable)
        }
        try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin(at: noon.adding(minutes: 60)))
            let listedAgain = try await snapshot.list((0..<1_040).map { listed($0) })
            #expect(listedAgain == 55)
            #expect(try await snapshot.allRows().count == 1_040)
        }
    }

    @Test func `a row that a late transaction placed before the last one is found`() async throws {
        try await twoRuns(
            first: (0..<1_000).map { listed($0) },
            then: (0..<998).map { listed($0) } + [listed(5_000, id: "message-late")]
                + (998..<1_001).map { listed($0) }
        ) { (snapshot) async throws in
            let ids = try await snapshot.allRows().map(\.id.raw)
            #expect(
                Array(ids[996...]) == [
                    "message-996", "message-997", "message-late", "message-998", "message-999",
                    "message-1000",
                ])
            #expect(try await snapshot.allRows().map(\.ordinal) == Array(0..<1_002))
        }
    }

    @Test func `a row that is gone at the source is marked and not loaded`() async throws {
        let rows = (0..<1_000).map { listed($0) }
        try await twoRuns(
            first: rows, then: rows.filter { $0.id.raw != "message-995" && $0.id.raw != "message-999" }
        ) {
            let ids = try await $0.allRows().map(\.id.raw)
            #expect(ids.count == 998)
            #expect(!ids.contains("message-995") && !ids.contains("message-999"))
            let all = try await $0.allRows(includingGone: true)
            #expect(all.filter(\.isGone).map(\.id.raw) == ["message-995", "message-999"])
            #expect(try await $0.threads().first?.gone == 2)
        }
    }

    @Test func `each page says where its rows lie, past those that are gone`() async throws {
        let rows = (0..<6).map { listed($0) }
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { snapshot in
            _ = try await snapshot.beginGeneration(origin())
            var position = try await snapshot.beginListing(.main)
            position = try await snapshot.record(rows, at: position)
            #expect(position.places == [0, 1, 2, 3, 4, 5])
            try await snapshot.finishListing(at: position)
            position = try await snapshot.beginListing(.main, from: .beginning)
            let late = listed(9, id: "message-late")
            position = try await snapshot.record([rows[0], rows[3], late, rows[4]], at: position)
            #expect(position.places == [0, 3, 4, 5])
        }
    }

    @Test func `rows of one id are different rows`() async throws {
        let rows = [
            listed(0), listed(1, text: "first", id: "message-x"), listed(2, text: "second", id: "message-x"),
        ]
        try await twoRuns(first: rows, then: rows) { (snapshot) async throws in
            let stored = try await snapshot.allRows()
            #expect(stored.map(\.id.raw) == ["message-0", "message-x", "message-x"])
            #expect(Set(stored.map(\.digest)).count == 3)
        }
    }

    @Test func `a listing that changed in place loses its native form`() async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list([listed(0, type: "system_message"), listed(1), listed(2)])
            try await snapshot.storeNative((0..<3).map { ($0, native($0)) }, thread: .main)
            #expect(try await snapshot.rowsWithoutNative(.main) == nil)
            let system = try await snapshot.systemRows(.main)
            #expect(system.map(\.ordinal) == [0])
            let same = try await snapshot.rewriteListed(
                [(0, listed(0, type: "system_message"))], thread: .main)
            #expect(same == 0)
            let new = listed(0, type: "system_message", text: "new block")
            #expect(try await snapshot.rewriteListed([(0, new)], thread: .main) == 1)
            #expect(try await snapshot.rowsWithoutNative(.main)?.rows.map(\.ordinal) == [0])
        }
    }

    @Test func `a conversation shares the rows it was forked from`() async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list((0..<5).map { listed($0) })
            try await snapshot.storeNative((0..<5).map { ($0, native($0)) }, thread: .main)
            try await snapshot.list((0..<4).map { listed($0) } + [listed(9)], .conversation("conv-1"))
            let fork = try await snapshot.threads().last
            #expect(fork?.rows == 5)
            #expect(fork?.withNative == 4)
        }
    }

    @Test func `all of a thread is listed anew where the source lost the place`() async throws {
        let rows = (0..<300).map { listed($0) }
        try await twoRuns(first: rows, then: Array(rows[10...]), from: .beginning) {
            (snapshot) async throws in
            #expect(try await snapshot.allRows().first?.id.raw == "message-10")
            #expect(try await snapshot.threads().first?.gone == 10)
        }
    }

    @Test func `the digest of the history does not see fresh otids`() async throws {
        let one = try await historyDigest { listed($0) }
        let other = try await historyDigest { number in
            let row = listed(number)
            let items = text(row.items).replacing("\"o\(number)\"", with: "\"fresh\"").replacing(
                "1.0", with: "1")
            return ListedRow(
                id: row.id, date: row.date, messageTypes: row.messageTypes, items: Array(items.utf8))
        }
        let changed = try await historyDigest { listed($0, text: "same") }
        #expect(one == other)
        #expect(one != changed)
    }

    @Test func `rows of an agent file have only a native form`() async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            let rows = (0..<3).map { ImportedRow(id: SourceID("message-\($0)"), json: native($0)) }
            try await snapshot.appendImported(rows, thread: .main)
            let stored = try await snapshot.allRows()
            #expect(stored.map(\.native) == rows.map(\.json))
            #expect(stored.first?.listed == nil)
            #expect(stored.first?.messageTypes == ["user"])
            #expect(stored.first?.date == "2026-05-02T10:11:12.345678+00:00")
        }
    }

    private func historyDigest(_ row: (Int) -> ListedRow<SourceSide>) async throws -> ContentDigest {
        let scratch = try Scratch()
        let rows = (0..<3).map(row)
        return try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list(rows)
            return try await snapshot.historyDigest()
        }
    }

    private func twoRuns(
        first: [ListedRow<SourceSide>], then second: [ListedRow<SourceSide>],
        from rule: RestartRule = .stableTail,
        _ check: (AgentSnapshot) async throws -> Void
    ) async throws {
        let scratch = try Scratch()
        for (minutes, rows) in [(0, first), (60, second)] {
            try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
                _ = try await snapshot.beginGeneration(origin(at: noon.adding(minutes: minutes)))
                try await snapshot.list(rows, from: minutes == 0 ? .stableTail : rule)
                try await snapshot.finishGeneration(at: noon.adding(minutes: minutes + 1), .stable)
            }
        }
        try await withSnapshot(at: scratch.path(), .read) { try await check($0) }
    }
}
