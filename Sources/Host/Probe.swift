import HTTP

/// One thing that a doctor asks, and the pure judge of what was seen.
public struct Probe: Sendable {
    /// Stable; docs/host-doctor.md has a row for each, which a test compares.
    public let id: String
    /// The question, in one line.
    public let asks: String
    /// The worst that it can say.
    public let worst: Severity
    let judge: @Sendable (Sighting) -> [Finding]

    /// Every probe from outside, in the order in which they are told.
    public static let outside: [Probe] =
        NameJudges.probes + TLSJudges.probes + PlainJudges.probes + APIJudges.probes + CORSJudges.probes
        + EdgeJudges.probes

    /// With a reply that is streamed for it.
    public static let live: [Probe] = LiveJudges.probes

    /// On the host itself.
    public static let onHost: [Probe] =
        MachineJudges.probes + DataJudges.probes + SecretJudges.probes + NightJudges.probes

    public static let all = outside + live + onHost

    /// All findings of these probes, in their order.
    public static func findings(_ sighting: Sighting, by probes: [Probe] = all) -> [Finding] {
        let parts = sighting.ferrys.union(sighting.machine?.ferrys ?? [])
        return probes.flatMap { $0.judge(sighting) }.map { $0.onHost(with: parts, isFresh: sighting.isFresh) }
    }
}

extension Sighting {
    var host: String { errand.origin.host }

    /// Ports that speak as the URL says: only they are judged further, since
    /// what is wrong with the others has been told by then.
    var speaking: [PortSight] {
        ports.filter { port in
            // A handshake that brought no certificate has been told by then, too.
            let isThere = port.speech != .tls || port.tls?.certificate != nil
            return port.role != .redirect && port.speech == (errand.isHTTPS ? .tls : .plain) && isThere
        }
    }

    /// Those where Letta answers.
    var lettas: [(port: PortSight, api: APISight)] {
        speaking.compactMap { port in port.api.flatMap { $0.isLetta ? (port, $0) : nil } }
    }

    /// `https://host:8283`, without a port that the scheme implies.
    func address(of port: PortSight, scheme: String? = nil) -> String {
        let scheme = scheme ?? errand.origin.scheme
        let name = host.contains(":") ? "[\(host)]" : host
        return port.number == (scheme == "https" ? 443 : 80)
            ? "\(scheme)://\(name)" : "\(scheme)://\(name):\(port.number)"
    }
}
