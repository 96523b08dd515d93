import HomeConformance
import LettaModel
import Testing

@Suite("Home conformance", .serialized) struct ConformanceTests {
    @Test(arguments: ConformanceCheck.all)
    func `a scripted server`(_ check: ConformanceCheck) async throws {
        try await check.run(on: .scripted)
    }

    @Test(.enabled(if: Lab.isUp, "Lab/lab up, then load its environment"), arguments: ConformanceCheck.all)
    func `a real server`(_ check: ConformanceCheck) async throws {
        try await check.run(on: try .lab("TARGET"))
    }

    @Test func `every check has a name of its own`() {
        let names = ConformanceCheck.all.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
