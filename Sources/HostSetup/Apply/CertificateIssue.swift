import LettaModel

/// Brings a certificate where there is none.
struct CertificateIssue: Sendable {
    let rendering: Rendering
    let install: HostInstall
    let putter: FilePutter
    let proof: HostProof
    /// Tests, starts or reloads nginx, and journals it.
    let activate: @Sendable () async throws -> Void

    private var config: HostConfig { rendering.config }
    private var paths: HostPaths { rendering.paths }

    static let issue = "host/issue"
    static let probe = "host/probe"

    /// - Parameter fact: what there is.
    func bring(_ fact: CertificateFact) async throws {
        guard fact == .absent else { return }
        switch config.certificate {
        case "self-signed": try await selfSigned()
        case "acme": try await acme()
        default: break
        }
    }

    // MARK: self-signed

    /// By a pipe: the key is in no file but its own.
    private func selfSigned() async throws {
        install.progress("making a self-signed certificate")
        let isAddress = config.name.split(separator: ".").allSatisfy { Int($0) != nil }
        let result = Tool(words: [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "/dev/stdout", "-out", "/dev/stdout", "-days", "825", "-subj", "/CN=\(config.name)",
            "-addext", "subjectAltName=\(isAddress ? "IP" : "DNS"):\(config.name)",
        ]).run()
        guard let text = result?.text, result?.succeeded == true,
            let key = Self.block("PRIVATE KEY", text), let certificate = Self.block("CERTIFICATE", text)
        else {
            throw Failure(
                .hostStepFailed, subject: "openssl", reason: "made no certificate",
                remedy: "apt-get install openssl")
        }
        _ = try await putter.put(
            DesiredFile(verbatim: paths.ownKey, key, mode: 0o600, isSecret: true))
        _ = try await putter.put(DesiredFile(verbatim: paths.ownCertificate, certificate, mode: 0o644))
    }

    private static func block(_ kind: String, _ text: String) -> String? {
        guard let start = text.firstRange(of: "-----BEGIN \(kind)-----"),
            let end = text.firstRange(of: "-----END \(kind)-----")
        else { return nil }
        return text[start.lowerBound..<end.upperBound] + "\n"
    }

    // MARK: ACME

    /// Port 80 serves the challenge and nothing else; then the authority is
    /// asked, first for show.
    private func acme() async throws {
        install.progress("serving the authority's challenge on port \(config.httpPort)")
        _ = try await putter.put(rendering.challengeSite)
        try await activate()
        try await proof.serves(rendering.challengeSite.text)
        try await probeChallenge()
        let environment = config.authority.isEmpty ? [:] : ["REQUESTS_CA_BUNDLE": config.authority]
        for isDry in [true, false] {
            install.progress(
                isDry ? "asking the authority for show" : "asking the authority for a certificate")
            let words = rendering.certbot(dryRun: isDry)
            if isDry {
                try await install.program("certbot --dry-run", words, 300, environment)
            } else {
                try await install.book.act(Self.issue, ["name": config.name]) {
                    try check(
                        Tool(words: words, environment: environment, inherits: .network).run(seconds: 300))
                }
            }
        }
    }

    private func check(_ result: Tool.Result?) throws {
        guard let result, result.succeeded, HostDisk.exists(paths.certificate(config).chain) else {
            throw Failure(
                .hostStepFailed, subject: "certbot", reason: result?.lastWords ?? "is not installed",
                remedy: "mend what it says, then: ferry host plan")
        }
    }

    /// Authorities count failures, so their question is asked here first.
    private func probeChallenge() async throws {
        let name = "ferry-\(install.book.run)"
        let path = "\(paths.webroot)/.well-known/acme-challenge/\(name)"
        try await putter.makeFolders(above: path)
        let text = "ferry looks whether this can be seen\n"
        try await install.book.act(Self.probe, ["path": path]) {
            try HostDisk.put(Array(text.utf8), at: path, mode: 0o644)
            defer { try? HostDisk.remove(path) }
            try await proof.servesChallenge(name, text)
        }
    }
}
