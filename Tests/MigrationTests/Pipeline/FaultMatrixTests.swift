import Journal
import LettaModel
import Plan
import ScriptedLetta
import Testing
import Verify

@testable import Migration

/// Every fault of the matrix against a whole move: what ends well is whole,
/// what fails has a name and is finished by a resume, and nothing is ever
/// called whole that is not.
@Suite struct FaultMatrixTests {
    private static let hanging: [(route: String, limit: Duration)] = [("POST /v1/agents/import", .seconds(2))]

    private func setting(_ fault: FaultCase) -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: fault.end == .source ? 80 : 24)
        if fault.end == .source {
            setting.sourceMode = fault.mode
            setting.sourceFaults = fault.faults
        } else {
            setting.targetMode = fault.mode
            setting.targetFaults = fault.faults
        }
        if fault.name.contains("stall") { setting.impatience = [("GET /v1", .seconds(2))] }
        if fault.name.contains("never answered") { setting.impatience = Self.hanging }
        return setting
    }

    @Test(arguments: FaultMatrix.all)
    func `a fault ends in the right result or a named error, never in less than the whole`(
        fault: FaultCase
    ) async throws {
        try await withCrossing(setting(fault)) { crossing in
            let first = await crossing.ending { try await crossing.move() }
            check(first, against: fault)
            guard fault.mode == .letta, crossing.source.world.agents.ids.contains(crossing.ada) else {
                return
            }
            if first.isDifferent {
                #expect(crossing.target.world.agents(named: "Ada").isEmpty)
                return
            }
            let result = try await settled(first, crossing)
            #expect(
                result.verdict?.isVerified == true, "\(result.verdict?.differences.map(\.sentence) ?? [])")
            #expect(try await crossing.journal.openSteps(result.run.id).isEmpty)
            let lost = fault.expectation == .reportsLoss ? lostRows(fault, crossing) : []
            let isFolded = result.plan?.fidelity.losses.contains { $0.id == "folding" } ?? false
            let name = crossing.source.world.agents.all.first?.name ?? ""
            #expect(crossing.problems(name: name, lost: lost, isFolded: isFolded) == [])
        }
    }

    /// Where the first try did not end well, the faults are over and the run
    /// goes on; a run that never began is begun.
    private func settled(_ first: Crossing.Ending, _ crossing: Crossing) async throws -> RunResult {
        if let result = first.result, first.isVerified { return result }
        crossing.heal()
        guard try await crossing.newestRun != nil else { return try await crossing.move() }
        return try await crossing.resume()
    }

    private func check(_ ending: Crossing.Ending, against fault: FaultCase) {
        let isVerified = ending.isVerified
        let code = ending.code ?? (isVerified ? "verified" : ending.isDifferent ? "different" : "\(ending)")
        switch fault.expectation {
        case .succeeds:
            let maySaySo =
                fault.end == .target
                && ["outcome-unknown", "load-incomplete", "reader-left-behind"].contains(code)
            #expect(isVerified || maySaySo, "\(code): \(String(describing: ending.error))")
        case .fails(let codes): #expect(codes.contains(code), "\(code)")
        case .succeedsOrFails(let codes): #expect(isVerified || codes.contains(code), "\(code)")
        case .reportsLoss:
            #expect(isVerified, "\(code)")
            let losses = ending.result?.plan?.fidelity.losses.map(\.id) ?? []
            #expect(losses.contains { $0.hasPrefix("gap:") || $0 == "folding" }, "\(losses)")
        }
    }

    private func lostRows(_ fault: FaultCase, _ crossing: Crossing) -> Set<String> {
        for case .poisonRow(let place) in fault.faults.map(\.behaviour) {
            return [crossing.source.world.agents.all.first?.history.id(at: place) ?? ""]
        }
        return []
    }
}
