public import HTTP
import LettaModel

/// Facts are gathered, files rendered, and compared: nothing is changed.
public enum HostPlanning {
    /// - Parameter root: a folder that stands for `/`; empty for the host.
    ///
    /// **Errors**: `secret-missing`, `host-unable`.
    public static func plan(
        _ config: HostConfig, _ secrets: HostSecrets, root: String, secretsPath: String, dialer: any Dialer
    ) async throws -> HostPlan {
        try await prepare(config, secrets, root: root, secretsPath: secretsPath, dialer: dialer).plan
    }

    /// The same, with what it was made of.
    public static func prepare(
        _ config: HostConfig, _ secrets: HostSecrets, root: String, secretsPath: String, dialer: any Dialer
    ) async throws -> HostPrepared {
        try checkRoot(root)
        try secrets.check(for: config, path: secretsPath)
        let reader = FactsReader(config, base: root, secrets: secrets, dialer: dialer)
        let rendering = Rendering(config, secrets, reader.renderFacts())
        let files = try rendering.files()
        let facts = await reader.facts(for: files)
        return HostPrepared(
            rendering: rendering, secrets: secrets, files: files, facts: facts,
            plan: HostPlanner(rendering: rendering, files: files, facts: facts).plan())
    }

    /// It goes into files of nginx, systemd and the shell.
    private static func checkRoot(_ root: String) throws {
        guard !HostConfig.isPlainPath(root) else { return }
        throw Failure(
            .hostConfigWrong,
            subject: "--root \(root.split(whereSeparator: \.isNewline).joined(separator: " "))",
            reason: "has signs that nginx, systemd or a shell would take for their own",
            remedy: "name a folder of letters, digits and - _ . / + , @")
    }

    /// Writes every file below a folder that is missing or empty.
    ///
    /// **Errors**: `file-exists`, `file-unwritable`, `secret-missing`, `host-unable`.
    public static func render(
        _ config: HostConfig, _ secrets: HostSecrets, nginx: NginxVersion, into folder: String,
        secretsPath: String
    ) throws -> [DesiredFile] {
        try secrets.check(for: config, path: secretsPath)
        let files = try Rendering(config, secrets, RenderFacts(nginx: nginx)).files()
        try NewFolder.make(folder)
        for file in files {
            let path = folder + file.path
            for missing in HostDisk.missingFolders(above: path) {
                try HostDisk.makeFolder(missing, mode: 0o700)
            }
            try HostDisk.put(Array(file.text.utf8), at: path, mode: file.mode)
        }
        return files
    }
}
