import Glibc
import LettaModel
import Testing

@testable import Migration
@testable import ScriptedLetta

/// An indicator; the benchmark measures for real.
@Suite struct MemoryTests {
    /// In a process of its own, for other tests take memory as well.
    @Test func `twenty thousand rows are captured without being held`() async {
        await #expect(processExitsWith: .success) {
            var setting = Crossing.Setting()
            setting.source = World.ada(rows: 20_000, passages: 2, inContext: 10, rowBytes: 8_000, tools: 1)
            setting.source.embeddingLength = 16
            try await withCrossing(setting) { crossing in
                let before = MemoryTests.peak()
                try await crossing.capture(CaptureOptions(isReadOnly: true))
                #expect(try await crossing.storedCount() == 20_000)
                // The rows alone are 160 MB.
                let grown = MemoryTests.peak() - before
                #expect(grown < 96 << 20, "\(grown >> 20) MB")
            }
        }
    }

    /// Bytes that the process has had in memory at most.
    static func peak() -> Int {
        let status = (try? PrivateFile.read("/proc/self/status")) ?? []
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("VmHWM") }?.split { $0 == " " || $0 == "\t" }
        return (line?.dropFirst().first).flatMap { Int($0) }.map { $0 << 10 } ?? 0
    }
}
