import HTTP
import Home
import LettaModel
import LosslessJSON

/// The form of `POST /v1/agents/import`, with every field that the server
/// knows said explicitly, since its defaults rename agents and overwrite
/// tools.
struct ImportForm: Sendable {
    private let upload: ImportUpload
    private let fields: Set<String>
    private let project: String?

    init(_ upload: ImportUpload, fields: Set<String>, project: String?) {
        self.upload = upload
        self.fields = fields
        self.project = project
    }

    /// **Errors**: `ability-missing` where a choice was made that the server
    /// has no field for; nothing was sent then.
    func parts(or errors: ErrorMapping) throws -> [FormPart] {
        var parts: [FormPart] = [
            .field(name: "append_copy_suffix", value: "false"),
            .field(name: "override_existing_tools", value: upload.overridesTools ? "true" : "false"),
        ]
        if fields.contains("strip_messages") { parts.append(.field(name: "strip_messages", value: "false")) }
        // The name stands in the file as well, so a server without the field keeps it.
        if let name = upload.name, let field = known("name", "override_name") {
            parts.append(.field(name: field, value: name))
        }
        parts += try choice(upload.model, "model", "override_model_handle", errors)
        parts += try choice(upload.embedding, "embedding", "override_embedding_handle", errors)
        parts += try choice(secrets, "secrets", "env_vars_json", errors)
        if let project, project.hasPrefix("project-"), fields.contains("project_id") {
            parts.append(.field(name: "project_id", value: project))
        }
        parts.append(
            .file(name: "file", path: upload.path, fileName: "agent.af", contentType: "application/json"))
        return parts
    }

    private func known(_ names: String...) -> String? { names.first(where: fields.contains) }

    private func choice(
        _ value: String?, _ name: String, _ older: String, _ errors: ErrorMapping
    ) throws -> [FormPart] {
        guard let value else { return [] }
        guard let field = known(name, older) else {
            throw errors.make(
                .abilityMissing, subject: "POST /v1/agents/import at \(errors.address.name)",
                "this server's import has no field \(name)",
                "load without choosing the \(name), or into a newer server")
        }
        return [.field(name: field, value: value)]
    }

    private var secrets: String? {
        guard !upload.secrets.isEmpty else { return nil }
        let members = upload.secrets.sorted { $0.key < $1.key }
            .map { JSONMember(key: $0.key, value: .string($0.value.reveal())) }
        return JSONNode.object(members).text()
    }
}
