import Home
import LettaModel
import Verify

/// The comparisons in their order: content through a temporary reader on the
/// target, then everything that has a name, then the checklist.
struct VerificationRun {
    let verifier: Verifier
    let reader: ReaderScope<TargetSide>
    /// The agent's name, for the verdict's sentence.
    let subject: String

    func content() async throws -> Verifier.Content {
        let template = try await verifier.home.agent(verifier.agent).json
        let content = try await reader.withReader(template: template) { reader in
            try await verifier.content(through: reader)
        }
        try await reader.sweepLate()
        return content
    }

    func verdict(_ content: Verifier.Content, live: ChecklistEvidence.Live) async throws -> Verdict {
        let attachments = try await verifier.attachments()
        let settings = try await verifier.settings()
        let identities = try await verifier.identities()
        var verification = Verification(of: subject, at: verifier.home.address)
        for result in content.results + attachments + settings.results + [identities] {
            verification.add(result)
        }
        verification.add(try await verifier.checklist(content, attachments, type: settings.type, live: live))
        return verification.verdict()
    }
}
