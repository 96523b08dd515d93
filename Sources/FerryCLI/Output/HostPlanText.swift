import HostSetup
import LettaModel
import LosslessJSON

/// A plan of a host as text: what is pending, and what stands in the way.
enum HostPlanText {
    static func text(_ plan: HostPlan, isVerbose: Bool) -> String {
        let shown = plan.actions.filter { isVerbose || $0.isPending }
        return shown.map(text).joined() + plan.conflicts.map(text).joined()
            + plan.notes.map { "note  \(Printable.escaped($0))\n" }.joined() + summary(plan)
    }

    private static func text(_ action: HostPlan.Action) -> String {
        let words = [action.verdict.rawValue, action.kind, action.subject, action.mode, action.owner]
        let line = words.filter { !$0.isEmpty }.joined(separator: "  ")
        return Printable.escaped(line + (action.note.isEmpty ? "" : "  (\(action.note))")) + "\n"
            + action.diff.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map { Printable.escaped(String($0)) + "\n" }.joined()
    }

    private static func text(_ conflict: HostPlan.Conflict) -> String {
        let lines = [
            "conflict  \(conflict.id)  \(conflict.subject)", "  seen    \(conflict.seen)",
            "  means   \(conflict.means)", "  remedy  \(conflict.remedy)",
        ]
        return lines.map { Printable.escaped($0) + "\n" }.joined()
    }

    private static func summary(_ plan: HostPlan) -> String {
        let pending = plan.actions.count(where: \.isPending)
        let outside = plan.actions.count { $0.verdict == .outside }
        return
            "\(plan.name): \(pending) pending, \(plan.conflicts.count.counted("conflict")), "
            + "\(plan.actions.count - pending - outside) as they should be"
            + (outside > 0 ? ", \(outside) not looked after in a scratch root\n" : "\n")
    }
}
