import HTTP

/// The name, its addresses, and who answers there.
enum NameJudges {
    static let probes = [
        Probe(
            id: "url.scheme", asks: "may a page at https:// call this URL at all?", worst: .error,
            judge: scheme),
        Probe(id: "dns.resolve", asks: "does the name have an address?", worst: .error, judge: resolve),
        Probe(
            id: "dns.space", asks: "is every address one of the public network?", worst: .warning,
            judge: space),
        Probe(id: "tcp.open", asks: "does every address let a connection in?", worst: .error, judge: open),
        Probe(
            id: "raw.outside", asks: "is Letta's own port closed from here?", worst: .error, judge: raw),
    ]

    private static func raw(_ seen: Sighting) -> [Finding] {
        guard let number = seen.errand.rawPort, !seen.raw.isEmpty else { return [] }
        let open = seen.raw.filter { $0.failure == nil }
        guard let first = open.first else {
            return [Finding("raw.outside", .ok, "port \(number)", seen: "closed")]
        }
        return [
            Finding(
                "raw.outside", .error, "port \(number)", seen: "\(first.address) lets a connection in",
                means: "the API can be had without TLS, past nginx, by whoever reaches the address",
                remedy:
                    "start Letta with --host 127.0.0.1 (Docker: -p 127.0.0.1:\(number):8283): sudo systemctl restart letta; and close the port in the firewall"
            )
        ]
    }

    private static func scheme(_ seen: Sighting) -> [Finding] {
        guard !seen.errand.isHTTPS else { return [Finding("url.scheme", .ok, "", seen: "https")] }
        if seen.errand.origin.isLoopback {
            return [Finding("url.scheme", .ok, "", seen: "plain HTTP on this machine's loopback")]
        }
        return [
            Finding(
                "url.scheme", .error, "", seen: "the URL is plain http",
                means:
                    "ADE is a page at https://: the browser says “Mixed Content … This request has been blocked; the content must be served over HTTPS”, and the token would travel in clear",
                remedy: "serve it by TLS, then: ferry host doctor https://\(seen.host)")
        ]
    }

    private static func resolve(_ seen: Sighting) -> [Finding] {
        guard seen.lookup.addresses.isEmpty else {
            let list = seen.lookup.addresses.joined(separator: ", ")
            return [Finding("dns.resolve", .ok, seen.host, seen: list)]
        }
        return [
            Finding(
                "dns.resolve", .error, seen.host, seen: seen.lookup.failure ?? "no address",
                means: "the browser says ERR_NAME_NOT_RESOLVED; nothing else could be looked at",
                remedy: "set the A (and AAAA) record, then look: dig +short \(seen.host)")
        ]
    }

    private static func space(_ seen: Sighting) -> [Finding] {
        let inner = seen.lookup.addresses.filter { AddressSpace($0) != .global }
        guard let first = inner.first else {
            return seen.lookup.addresses.isEmpty
                ? [] : [Finding("dns.space", .ok, seen.host, seen: "public addresses only")]
        }
        let spaces = Set(inner.map { AddressSpace($0).rawValue }).sorted().joined(separator: ", ")
        // Who names a loopback address or localhost means this machine.
        let severity: Severity = seen.errand.origin.isLoopback ? .note : .warning
        return [
            Finding(
                "dns.space", severity, first, seen: "\(inner.joined(separator: ", ")) (\(spaces))",
                means:
                    "Chrome from 142 on asks once whether the page may reach the local network; until that is allowed it says ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS",
                remedy: "allow it in the page's site settings, or give the name a public address")
        ]
    }

    private static func open(_ seen: Sighting) -> [Finding] {
        seen.ports.filter { $0.role != .redirect }.flatMap { port in
            port.connections.map { connection($0, port, seen) }
        }
    }

    private static func connection(
        _ connection: PortSight.Connection, _ port: PortSight, _ seen: Sighting
    ) -> Finding {
        let subject = "\(port.subject) at \(connection.address)"
        guard let failure = connection.failure else {
            return Finding("tcp.open", .ok, subject, seen: "open")
        }
        let isRefused = failure.code == .connectionRefused
        let words = isRefused ? "ERR_CONNECTION_REFUSED" : "ERR_CONNECTION_TIMED_OUT"
        return Finding(
            "tcp.open", port.role == .api ? .error : .warning, subject,
            seen: isRefused ? "the connection is refused" : "no connection: \(failure.detail)",
            means: "the browser says \(words) for \(seen.address(of: port))",
            remedy: isRefused
                ? "let nginx listen there (listen \(port.number) ssl;), then: sudo nginx -t && sudo systemctl reload nginx"
                : "open the port in the firewall: sudo nft list ruleset | grep -n dport")
    }
}
