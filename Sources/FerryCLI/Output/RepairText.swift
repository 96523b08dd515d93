import Journal
import LettaModel
import LosslessJSON
import Migration

/// What came of a repair, for a person and for a program.
struct RepairText {
    let result: RepairResult
    /// Whoever was asked has seen the plan.
    let isPlanShown: Bool

    var exitCode: ExitCode {
        switch result.state {
        case .declined: .refused
        case .different: .findings
        case .complete, .repaired: result.plan.left.isEmpty ? .clean : .findings
        }
    }

    // MARK: For a person

    static func lines(_ plan: RepairPlan) -> [String] {
        (plan.additions.flatMap(added) + plan.left.flatMap(left)).map(Printable.escaped)
    }

    private static func added(_ addition: RepairPlan.Addition) -> [String] {
        switch addition.kind {
        case .block: ["+ block \(addition.name)"]
        case .tool: ["+ tool \(addition.name), made on the server"]
        case .attachedTool: ["+ tool \(addition.name), which the server has"]
        case .overwrittenTool: ["+ tool \(addition.name), OVERWRITTEN for every agent of the server"]
        case .passages:
            ["+ \(addition.count.counted("passage"))"]
                + addition.name.split(separator: "\n").map { "    \($0)" }
                + (addition.count > 3 ? ["    and \((addition.count - 3).grouped) more"] : [])
        }
    }

    private static func left(_ left: RepairPlan.Left) -> [String] {
        ["! \(left.item)", "    why: \(left.reason)", "    remedy: \(left.remedy)"]
    }

    var plain: String {
        let plan = isPlanShown ? [] : Self.lines(result.plan)
        let different = result.differences.map { Printable.escaped("different: \($0)") }
        let lines = plan + different + [Printable.escaped(result.run.verdict ?? "")] + next
        return lines.map { $0 + "\n" }.joined()
    }

    private var next: [String] {
        let plan = result.plan
        switch result.state {
        case .complete: return []
        case .repaired, .different: return ["to take it away again: ferry undo \(result.run.id)"]
        case .declined:
            let overwrites = plan.additions.contains { $0.kind == .overwrittenTool }
            return [
                "to do it: ferry repair \(plan.agentID) --at \(plan.server) --with \(Invocation.quoted(plan.file))"
                    + (overwrites ? " --tools overwrite" : "") + " --yes"
            ]
        }
    }

    // MARK: For a program

    var json: JSONNode {
        let plan = result.plan
        return [
            "schema": "ferry.repair/1", "run": .string(result.run.id.description),
            "state": .string(result.state.rawValue), "agent": .string(plan.agentName),
            "agent_id": .string(plan.agentID), "at": .string(plan.server), "with": .string(plan.file),
            "added": .array(
                plan.additions.map {
                    [
                        "kind": .string($0.kind.rawValue),
                        "name": $0.kind == .passages ? .null : .string($0.name), "count": .int($0.count),
                    ]
                }),
            "left": .array(
                plan.left.map {
                    [
                        "kind": .string($0.kind.rawValue), "item": .string($0.item),
                        "reason": .string($0.reason), "remedy": .string($0.remedy),
                    ]
                }),
            "differences": .array(result.differences.map { .string($0) }),
            "verdict": .string(result.run.verdict ?? ""),
        ]
    }
}
