import HTTP
import Host
import LettaModel

/// Looks at what is served, since neither nginx's reload nor certbot's exit
/// code says whether anything has changed.
struct HostProof: Sendable {
    let config: HostConfig
    let paths: HostPaths
    let dialer: any Dialer
    let now: @Sendable () -> Int

    init(_ config: HostConfig, _ paths: HostPaths, _ dialer: any Dialer, now: @escaping @Sendable () -> Int) {
        self.config = config
        self.paths = paths
        self.now = now
        // The edge of this machine, whatever the DNS says of its name.
        self.dialer = PinnedDialer(
            dialer: dialer, address: config.address.isEmpty ? "127.0.0.1" : config.address)
    }

    private var tlsPorts: [Int] {
        config.httpsPort == config.apiPort ? [config.apiPort] : [config.httpsPort, config.apiPort]
    }

    // MARK: the version that is served

    /// Every port that a site names serves this version of it, within twenty
    /// seconds.
    ///
    /// **Errors**: `host-step-failed`, also where the text names no version or
    /// no port: then nothing could be compared.
    func serves(_ site: String) async throws {
        let doors = doors(of: site)
        guard let wanted = NginxSite.generation(of: site), !doors.isEmpty else {
            throw Failure(
                .hostStepFailed, subject: paths.site, reason: "has no mark of ferry's to look for",
                remedy: "look at it: cat \(paths.site)")
        }
        for door in doors {
            try await expect("port \(door.port)", "does not serve the site \(wanted)") {
                await generation(door) == wanted
            }
        }
    }

    /// None of its ports serves that version any more.
    func servesNoMore(_ site: String) async throws {
        guard let gone = NginxSite.generation(of: site) else { return }
        for door in doors(of: site) {
            try await expect("port \(door.port)", "still serves the site that was taken back") {
                await generation(door) != gone
            }
        }
    }

    /// Where a site says that it listens, under this name.
    private func doors(of site: String) -> [ForeignServer.Door] {
        var seen: Set<ForeignServer.Door> = []
        return ForeignServer.all(site).filter { $0.names.contains(config.name) }.flatMap(\.doors).filter {
            seen.insert($0).inserted
        }
    }

    private func expect(_ subject: String, _ reason: String, _ isSo: () async -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        repeat {
            if await isSo() { return }
            try await Task.sleep(for: .milliseconds(250))
        } while ContinuousClock.now < end
        throw Failure(
            .hostStepFailed, subject: subject, reason: "\(reason); nginx says why in \(paths.nginxErrors)",
            remedy: "look at it: tail \(paths.nginxErrors)")
    }

    private func generation(_ door: ForeignServer.Door) async -> String? {
        let report = await ask(door, NginxSite.generationPath)
        guard let answer = HTTPAnswer(report.heard), answer.status == 200 else { return nil }
        return String(String(decoding: answer.body, as: UTF8.self).trimmedSpaces)
    }

    private func ask(_ door: ForeignServer.Door, _ path: String) async -> DialReport {
        let words = "GET \(path) HTTP/1.1\r\nHost: \(config.name)\r\nConnection: close\r\n\r\n"
        return await dialer.dial(
            Dial(
                host: config.name, port: door.port, address: door.address,
                layer: door.isTLS ? .tls(verified: false, .usual) : .plain, words: Array(words.utf8),
                isEnough: HTTPAnswer.isWhole))
    }

    // MARK: what an authority will ask

    /// A file of the webroot is what port 80 answers.
    func servesChallenge(_ file: String, _ text: String) async throws {
        try await expect(
            "port \(config.httpPort)",
            "does not serve a file of \(paths.webroot), which the authority asks for"
        ) {
            let report = await ask(
                .init(port: config.httpPort, isTLS: false), "/.well-known/acme-challenge/\(file)")
            return HTTPAnswer(report.heard).map { String(decoding: $0.body, as: UTF8.self) } == text
        }
    }

    // MARK: the certificate that is served

    func servesCertificateOnDisk() async throws {
        let file = paths.certificate(config).chain
        let wanted = Self.firstCertificate(String(decoding: HostDisk.read(file) ?? [], as: UTF8.self))
        guard !wanted.isEmpty else {
            throw Failure(
                .hostStepFailed, subject: file, reason: "holds no certificate that could be compared",
                remedy: "look at it: openssl x509 -in \(file) -noout -subject")
        }
        for port in tlsPorts {
            try await expect("port \(port)", "does not serve the certificate of \(file)") {
                let chain = await ask(.init(port: port, isTLS: true), NginxSite.generationPath).chain
                return ServedCertificate(chain: chain).map { Self.firstCertificate($0.pem) } == wanted
            }
        }
    }

    private static func firstCertificate(_ pem: String) -> String {
        guard let start = pem.firstRange(of: "-----BEGIN CERTIFICATE-----"),
            let end = pem.firstRange(of: "-----END CERTIFICATE-----")
        else { return "" }
        return pem[start.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
    }

    // MARK: the whole

    /// The doctor's findings, worst first.
    func checkup(_ secrets: HostSecrets) async -> [Finding] {
        guard let origin = Origin("https://\(config.name):\(config.apiPort)") else { return [] }
        let authority = config.certificate == "self-signed" ? paths.ownCertificate : config.authority
        var errand = Errand(
            origin, ports: config.hasSite || config.httpsPort == config.apiPort ? [] : [config.httpsPort],
            redirect: config.httpPort, pages: config.origins, caFile: authority.isEmpty ? nil : authority,
            token: secrets[HostSecrets.password], importSize: max(1, config.bodyLimit - 1) << 20)
        // From here it is always open.
        errand.rawPort = nil
        let wanted = Set([config.apiPort, config.httpsPort, config.httpPort])
        errand.ports = errand.ports.filter { wanted.contains($0.number) }
        var sighting = await Survey(errand, dialer: dialer).sighting(now: now)
        sighting.ferrys = config.letta == "running" ? [.edge] : [.edge, .letta]
        sighting.isFresh = true
        return Probe.findings(sighting)
    }

    /// Letta answers on its own port, within so many seconds.
    func lettaAnswers(within seconds: Int) async throws -> Bool {
        for _ in 0..<max(1, seconds) {
            if await FactsReader(config, base: paths.base, dialer: dialer).lettaAnswers() { return true }
            if seconds > 1 { try await Task.sleep(for: .seconds(1)) }
        }
        return false
    }
}

/// Every name leads to one address.
private struct PinnedDialer: Dialer {
    let dialer: any Dialer
    let address: String

    func lookUp(_ host: String) async -> Lookup { Lookup(addresses: [address]) }

    func dial(_ dial: Dial) async -> DialReport {
        var pinned = dial
        pinned.address = dial.address ?? address
        return await dialer.dial(pinned)
    }
}
