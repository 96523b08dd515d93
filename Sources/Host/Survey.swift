public import HTTP
import LettaModel

/// Looks at a host from outside: all the I/O of a check-up, and no judgement.
///
/// **Effects**: reads only, but for a live reply that is asked for. No other
/// body is sent; the token only where the
/// certificate was verified, or over a loopback.
/// **Bounds**: at most 12 looks at once a port.
public struct Survey: Sendable {
    private let dialer: any Dialer
    private let errand: Errand
    private let live: LiveWish?

    public init(_ errand: Errand, dialer: any Dialer, live: LiveWish? = nil) {
        self.errand = errand
        self.live = live
        self.dialer = dialer
    }

    /// - Parameter now: seconds since 1970, asked once.
    public func sighting(now: @Sendable () -> Int) async -> Sighting {
        let lookup = await dialer.lookUp(errand.origin.host)
        guard !lookup.addresses.isEmpty else {
            return Sighting(errand, lookup: lookup, ports: [], now: now())
        }
        async let raw = rawConnections(lookup.addresses)
        let ports = await bounded(errand.ports) { await sight(of: $0, lookup.addresses) }
        var sighting = Sighting(errand, lookup: lookup, ports: ports, now: now())
        sighting.raw = await raw
        if let live, let port = sighting.lettas.first?.port {
            sighting.live = await LiveStream(asker: asker(of: port), wish: live, subject: port.subject)
                .sight()
        }
        return sighting
    }

    private func rawConnections(_ addresses: [String]) async -> [PortSight.Connection] {
        guard let number = errand.rawPort, !errand.ports.contains(where: { $0.number == number }) else {
            return []
        }
        return await bounded(addresses) { address in
            let dial = Dial(
                host: errand.origin.host, port: number, address: address, layer: .plain, patience: .seconds(2)
            )
            return PortSight.Connection(address, await dialer.dial(dial).failure)
        }
    }

    private func asker(of port: PortSight) -> Asker {
        Asker(
            dialer: dialer, errand: errand, port: port.number, isTLS: port.speech == .tls,
            isTrusted: port.tls?.isTrusted ?? false)
    }

    // MARK: one port

    private func sight(of port: Errand.Port, _ addresses: [String]) async -> PortSight {
        let connections = await bounded(addresses) { address in
            PortSight.Connection(address, await dial(port, .plain, at: address).failure)
        }
        var sight = PortSight(port.number, port.role, connections: connections, speech: .closed)
        guard connections.contains(where: { $0.failure == nil }) else { return sight }
        async let plain = plainAnswer(of: port)
        if !errand.isHTTPS, await plain.status == 200 {
            // As asked; a TLS greeting would only keep the server waiting.
            sight.speech = .plain
        } else {
            async let open = dial(port, .tls(verified: false, .usual))
            async let checked = dial(port, .tls(verified: true, .usual))
            let (openReport, checkedReport) = await (open, checked)
            sight.speech = Self.speech(openReport, await plain)
            if sight.speech == .tls { sight.tls = await tls(port, openReport, checkedReport) }
        }
        sight.plain = await plain
        if port.role == .redirect, sight.speech == .plain { sight.challenge = await challenge(at: port) }
        if port.role != .redirect, sight.speech == (errand.isHTTPS ? .tls : .plain) {
            sight.api = await api(sight)
        }
        return sight
    }

    private func dial(_ port: Errand.Port, _ layer: Dial.Layer, at address: String? = nil) async -> DialReport
    {
        await dialer.dial(
            Dial(
                host: errand.origin.host, port: port.number, address: address, layer: layer,
                caFile: errand.caFile))
    }

    /// A handshake that got as far as a certificate, or was ended by an
    /// alert, is TLS; an alert in answer to plain HTTP too.
    private static func speech(_ open: DialReport, _ plain: Heard) -> PortSight.Speech {
        switch open.failure?.code {
        case nil, .tlsFailed, .certificateRejected: .tls
        default: plain.answer == nil ? .other : .plain
        }
    }

    private func plainAnswer(of port: Errand.Port) async -> Heard {
        await Asker(dialer: dialer, errand: errand, port: port.number, isTLS: false, isTrusted: false)
            .ask(Question(method: "GET", path: "/v1/health/", wantsHeadOnly: true))
    }

    /// Authorities follow a redirect, whatever certificate is behind it.
    private func challenge(at port: Errand.Port) async -> Heard {
        let plain = Asker(dialer: dialer, errand: errand, port: port.number, isTLS: false, isTrusted: false)
        let heard = await plain.ask(.challenge)
        guard let answer = heard.answer, (300..<400).contains(answer.status),
            let target = answer.value("location").flatMap({ Origin($0) }), target.host == errand.origin.host,
            target.scheme == "https"
        else { return heard }
        return await Asker(dialer: dialer, errand: errand, port: target.port, isTLS: true, isTrusted: false)
            .ask(.challenge)
    }

    private func tls(_ port: Errand.Port, _ open: DialReport, _ checked: DialReport) async -> TLSSight {
        async let outdated = dial(port, .tls(verified: false, .outdated))
        async let newest = dial(port, .tls(verified: false, .newest))
        return TLSSight(
            failure: checked.failure, verifyCode: checked.verifyCode,
            certificate: ServedCertificate(chain: open.chain),
            takesOutdated: await outdated.failure == nil, takesNewest: await newest.failure == nil)
    }

    // MARK: its API

    static let methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    /// A name that is reserved and that nobody can have let in.
    static let strangerPage = "https://ferry-doctor.invalid"
    private static let beyondAll = 1 << 40

    private func api(_ sight: PortSight) async -> APISight {
        let asker = asker(of: sight)
        async let body = BodySearch(asker: asker).limit(wanted: errand.importSize)
        let crossings = errand.pages.flatMap { page in Self.methods.map { (page: page, method: $0) } }
        async let preflights = bounded(crossings) { crossing in
            APISight.Preflight(
                crossing.page, crossing.method,
                await asker.ask(.preflight(from: crossing.page, crossing.method)))
        }
        async let actual = bounded(errand.pages) {
            APISight.Preflight($0, "GET", await asker.ask(.call(from: $0)))
        }
        let firstPage = errand.pages.first ?? Errand.usualPage
        async let health = asker.ask(.health)
        async let slashless = asker.ask(.slashless)
        async let bare = asker.ask(.agents)
        async let wrong = asker.ask(.agents(bearer: Self.wrongToken), knownWrong: true)
        async let stranger = asker.ask(.preflight(from: Self.strangerPage, "GET"))
        async let edgeError = asker.ask(.body(of: Self.beyondAll, from: firstPage))
        let withheld = asker.withholds
        var token: Heard?
        if withheld == nil, let secret = errand.token { token = await asker.ask(.agents(bearer: secret)) }
        return APISight(
            health: await health, slashless: await slashless, bare: await bare, wrong: await wrong,
            token: token, withheld: withheld, preflights: await preflights, actual: await actual,
            stranger: await stranger, edgeError: await edgeError, body: await body)
    }

    /// Not a secret: nobody has it.
    private static let wrongToken = Secret("ferry-doctor-knows-no-password")
}
