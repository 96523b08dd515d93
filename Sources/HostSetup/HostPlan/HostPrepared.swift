import LettaModel

/// A plan with the files and facts that it was made of: what apply goes by.
public struct HostPrepared: Sendable {
    let rendering: Rendering
    let secrets: HostSecrets
    let files: [DesiredFile]
    let facts: HostFacts
    public let plan: HostPlan

    /// Nothing has to be decided first, and whoever runs this may do it.
    ///
    /// **Errors**: `host-conflict`, `host-unable`.
    func checkMayBegin() throws {
        guard facts.isRoot || !plan.root.isEmpty else {
            throw Failure(
                .hostUnable, subject: plan.name, reason: "only root may set a host up",
                remedy: "sudo ferry host apply, or try it below a folder: --root DIR")
        }
        if let conflict = plan.conflicts.first {
            let more = plan.conflicts.count > 1 ? ", and \((plan.conflicts.count - 1).counted("other"))" : ""
            throw Failure(
                .hostConflict, subject: "\(conflict.id) \(conflict.subject)\(more)",
                reason: "\(conflict.seen): \(conflict.means)", remedy: conflict.remedy)
        }
        let config = rendering.config
        guard config.services != "systemd" || facts.hasSystemd || !plan.root.isEmpty else {
            throw Failure(
                .hostUnable, subject: plan.name,
                reason: "systemd does not run here, so it could start nothing",
                remedy: "set \"services\" to \"none\", and start Letta by yourself")
        }
    }
}
