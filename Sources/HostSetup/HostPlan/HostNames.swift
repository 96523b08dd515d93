import Host
import LettaModel

/// Whether an authority that asks the DNS for the host's name comes to this
/// host: where it does not, each try counts against a limit.
struct HostNames: HostView {
    let rendering: Rendering
    let facts: HostFacts

    /// Somebody will be asked for a certificate.
    private var isAsked: Bool {
        config.certificate == "acme" && facts.certificate == .absent && !isScratch
    }

    private var record: String {
        let own = facts.ownAddresses.filter { AddressSpace($0) == .global }
        return own.isEmpty ? "this host's public address" : own.joined(separator: ", ")
    }

    /// What the world is told; a line of /etc/hosts that leads to this very
    /// machine says nothing of that.
    private var published: [String] { facts.addresses.filter { AddressSpace($0) != .loopback } }

    /// Addresses that are certainly not this host's: it has public ones of that
    /// kind, or none of that kind at all. Behind a gateway nobody can tell.
    private var elsewhere: [String] {
        if config.gateway { return [] }
        return published.filter { address in
            let isSix = address.contains(":")
            let own = facts.ownAddresses.filter {
                $0.contains(":") == isSix && AddressSpace($0) != .linkLocal
            }
            if own.contains(address) { return false }
            return own.contains { AddressSpace($0) == .global } || (isSix && own.isEmpty)
        }
    }

    var conflicts: [HostPlan.Conflict] {
        guard isAsked else { return [] }
        let look = "getent ahosts \(config.name)"
        if facts.addresses.isEmpty {
            return [
                HostPlan.Conflict(
                    id: "dns.absent", subject: config.name, seen: "the name has no address",
                    means: "no authority reaches this host, so no certificate is issued",
                    remedy: "give it an A record with \(record), then, until it shows: \(look)")
            ]
        }
        return elsewhere.map { address in
            HostPlan.Conflict(
                id: "dns.elsewhere", subject: config.name,
                seen: "the name leads to \(address), which is not one of this host (\(record))",
                means: "the authority asks there, finds nothing, and counts it against you",
                remedy: address.contains(":")
                    ? "take its AAAA record away, or have it name this host; if a gateway passes it on to this host, set \"gateway\" to true; then: \(look)"
                    : "have its A record name this host; if a gateway passes it on to this host, set \"gateway\" to true; then: \(look)"
            )
        }
    }

    var notes: [String] {
        guard config.certificate == "acme", !isScratch else { return [] }
        if facts.addresses.isEmpty, !isAsked {
            return ["\(config.name) has no address: the certificate cannot be renewed; mend the DNS"]
        }
        if published.isEmpty, isAsked, !facts.addresses.isEmpty {
            return [
                "\(config.name) leads to \(facts.addresses.joined(separator: ", ")) here, by /etc/hosts; what the world is told was not looked at: ask from another machine, getent ahosts \(config.name)"
            ]
        }
        return []
    }
}
