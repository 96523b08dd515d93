import LettaModel
import Snapshot
import Testing

struct NativeProgressTests {
    private func withRows(
        _ rows: [ListedRow<SourceSide>], _ body: (AgentSnapshot) async throws -> Void
    ) async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list(rows)
            try await body(snapshot)
        }
    }

    @Test func `slices cover every row once and end`() async throws {
        try await withRows((0..<250).map { listed($0) }) { (snapshot) async throws in
            var sizes: [Int] = []
            while let slice = try await snapshot.rowsWithoutNative(.main, maxRows: 100) {
                sizes.append(slice.rows.count)
                try await snapshot.storeNative(
                    slice.rows.map { ($0.ordinal, native($0.ordinal)) }, thread: .main)
            }
            #expect(sizes == [100, 100, 50])
            #expect(try await snapshot.threads().first?.missingNative == 0)
        }
    }

    @Test func `a slice ends before its listing grows too large`() async throws {
        try await withRows((0..<10).map { listed($0, text: String(repeating: "x", count: 1_000)) }) {
            (snapshot) async throws in
            let slice = try await snapshot.rowsWithoutNative(.main, maxListedBytes: 3_500)
            #expect(slice?.rows.count == 3)
            #expect(try await snapshot.rowsWithoutNative(.main, maxListedBytes: 1)?.rows.count == 1)
        }
    }

    @Test func `a slice never starts on a tool row`() async throws {
        let rows = (0..<6).map { listed($0, type: $0 == 3 ? "tool_return_message" : "user_message") }
        try await withRows(rows) { (snapshot) async throws in
            try await snapshot.storeNative((0..<3).map { ($0, native($0)) }, thread: .main)
            let slice = try await snapshot.rowsWithoutNative(.main)
            #expect(slice?.rows.map(\.ordinal) == [2, 3, 4, 5])
            #expect(slice?.rows.map(\.hasNative) == [true, false, false, false])
        }
    }

    @Test func `rows that the server cannot give are not asked for again`() async throws {
        try await withRows((0..<3).map { listed($0) }) { (snapshot) async throws in
            try await snapshot.markNativeUnavailable([1], thread: .main, reason: "row vanished")
            #expect(try await snapshot.rowsWithoutNative(.main)?.rows.map(\.ordinal) == [0, 2])
            #expect(try await snapshot.allRows()[1].nativeUnavailable == "row vanished")
            #expect(try await snapshot.threads().first?.missingNative == 2)
        }
    }

    @Test func `rows marked gone are not asked for`() async throws {
        try await withRows((0..<3).map { listed($0) }) { (snapshot) async throws in
            try await snapshot.markGone([0], thread: .main)
            #expect(try await snapshot.rowsWithoutNative(.main)?.rows.map(\.ordinal) == [1, 2])
        }
    }

    @Test func `a native form that came again with another otid is no change`() async throws {
        try await withRows([listed(0)]) { (snapshot) async throws in
            try await snapshot.storeNative([(0, native(0, otid: "a"))], thread: .main)
            #expect(try await snapshot.storeNative([(0, native(0, otid: "b"))], thread: .main) == 0)
            #expect(try await snapshot.storeNative([(0, native(0, text: "new"))], thread: .main) == 1)
            #expect(text(try await snapshot.allRows().first?.native).contains("new 0"))
        }
    }

    @Test func `native progress survives the end of the process`() async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.list((0..<10).map { listed($0) })
            try await snapshot.storeNative((0..<4).map { ($0, native($0)) }, thread: .main)
        }
        try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
            #expect(try await snapshot.beginGeneration(origin(at: noon.adding(minutes: 9))) == 1)
            #expect(try await snapshot.rowsWithoutNative(.main)?.rows.map(\.ordinal) == Array(4..<10))
        }
    }
}
