import HTTP
import LosslessJSON

/// Letta behind the edge: is it there, does it ask for the token, does its
/// data path live?
enum APIJudges {
    static let probes = [
        Probe(
            id: "api.health", asks: "does Letta answer on every port of the API?", worst: .error,
            judge: health),
        Probe(
            id: "api.version", asks: "is it one version everywhere, and one that ferry knows?", worst: .error,
            judge: version),
        Probe(
            id: "api.redirect", asks: "do Letta's own redirects keep scheme, host and port?", worst: .error,
            judge: redirect),
        Probe(
            id: "auth.required", asks: "is a request without the token, or with a wrong one, refused?",
            worst: .error, judge: required),
        Probe(id: "auth.token", asks: "is the token accepted?", worst: .error, judge: token),
        Probe(
            id: "db.live", asks: "does a read of data work? (health stays green without its database)",
            worst: .error, judge: database),
    ]

    // MARK: health

    private static func health(_ seen: Sighting) -> [Finding] {
        seen.speaking.compactMap { port in
            guard let api = port.api else { return nil }
            let words = HealthWords(api.health)
            if let version = words.version {
                return Finding(
                    "api.health", .ok, port.subject, seen: "Letta \(version), \(words.status ?? "no status")")
            }
            return port.role == .usual ? otherSite(port, api) : unhealthy(port, api, seen)
        }
    }

    private static func otherSite(_ port: PortSight, _ api: APISight) -> Finding {
        Finding(
            "api.health", .note, port.subject, seen: "\(words(api.health)); another site, it seems",
            means: "ADE must be given the address with the port of the API",
            remedy: "if the API belongs here too, proxy /v1/ to it; else leave it")
    }

    private static func unhealthy(_ port: PortSight, _ api: APISight, _ seen: Sighting) -> Finding {
        let isGateway = [502, 503, 504].contains(api.health.status ?? 0)
        return Finding(
            "api.health", .error, port.subject,
            seen: "GET /v1/health/: \(words(api.health))"
                + (isGateway ? "; nginx is there, Letta behind it does not answer" : ""),
            means: isGateway
                ? "the browser reports a CORS error (No 'Access-Control-Allow-Origin' header), since nginx made the answer; ADE cannot connect"
                : "ADE says that it cannot connect to the server; what else is here was not judged",
            remedy: isGateway
                ? "systemctl status letta; sudo journalctl -u letta -n 50"
                : "location / { proxy_pass http://127.0.0.1:18283; } at the root of the host, then: sudo nginx -t && sudo systemctl reload nginx"
        )
    }

    static func words(_ heard: Heard) -> String {
        switch heard {
        case .answer(let answer):
            "status \(answer.status)"
                + (answer.value("content-type").map { " (\($0.prefix { $0 != ";" }))" } ?? "")
                + (answer.value("location").map { " to \($0)" } ?? "")
        case .failed(let error): "no answer (\(error.detail))"
        }
    }

    // MARK: version

    private static func version(_ seen: Sighting) -> [Finding] {
        let found = seen.lettas.compactMap { port, api in
            HealthWords(api.health).version.map { (port: port, version: $0) }
        }
        guard let first = found.first else { return [] }
        if let other = found.first(where: { $0.version != first.version }) {
            return [
                Finding(
                    "api.version", .error, other.port.subject,
                    seen: "Letta \(other.version), but \(first.version) on \(first.port.subject)",
                    means: "two servers behind one name: agents seem to come and go with the port",
                    remedy: "let every port proxy to the same upstream: sudo nginx -T | grep -n proxy_pass")
            ]
        }
        let parts = first.version.split(separator: ".").prefix(2).compactMap { Int($0) }
        if parts == [0, 16] { return [Finding("api.version", .ok, "", seen: first.version)] }
        let isOlder = parts.count == 2 && parts[0] == 0 && (12...15).contains(parts[1])
        return [
            Finding(
                "api.version", isOlder ? .note : .warning, "", seen: "Letta \(first.version)",
                means: isOlder
                    ? "older than the 0.16 line that this doctor was tried with"
                    : "outside the versions that ferry moves agents to (0.12 to 0.16)",
                remedy: "pip show letta; pin the last one of the line: letta==0.16.8")
        ]
    }

    // MARK: redirects

    private static func redirect(_ seen: Sighting) -> [Finding] {
        seen.lettas.compactMap { port, api in
            guard let answer = api.slashless.answer, (300..<400).contains(answer.status),
                let location = answer.value("location")
            else { return nil }
            return judge(location, port, seen)
        }
    }

    private static func judge(_ location: String, _ port: PortSight, _ seen: Sighting) -> Finding {
        let wanted = Origin(seen.address(of: port))
        // A path alone stays where it is.
        guard let target = Origin(location), target != wanted else {
            return Finding("api.redirect", .ok, port.subject, seen: location)
        }
        let isScheme = target.scheme != wanted?.scheme
        let meaning =
            isScheme
            ? "the browser blocks it: “Mixed Content … must be served over HTTPS”"
            : "the browser goes to another host or port: ERR_CONNECTION_REFUSED, or a CORS error"
        return Finding(
            "api.redirect", .error, port.subject, seen: "/v1/health is redirected to \(location)",
            means: meaning,
            remedy:
                "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme; then: sudo nginx -t && sudo systemctl reload nginx"
        )
    }

    // MARK: token

    private static func required(_ seen: Sighting) -> [Finding] {
        seen.lettas.map { port, api in
            let open = [("without a token", api.bare), ("with a wrong token", api.wrong)].filter {
                (200..<300).contains($0.1.status ?? 0)
            }
            if let first = open.first {
                return Finding(
                    "auth.required", .error, port.subject,
                    seen: "GET /v1/agents/ \(first.0) is answered \(first.1.status ?? 0)",
                    means: "anybody who finds the address reads, changes and deletes every agent",
                    remedy:
                        "start Letta with --secure (LETTA_SERVER_SECURE=true and LETTA_SERVER_PASSWORD; SECURE=true does nothing outside Docker): sudo systemctl restart letta"
                )
            }
            let isRefused = [api.bare, api.wrong].allSatisfy { [401, 403].contains($0.status ?? 0) }
            guard isRefused else {
                return Finding(
                    "auth.required", .note, port.subject,
                    seen: "without a token: \(words(api.bare)); with a wrong one: \(words(api.wrong))",
                    means: "whether the token is asked for could not be told",
                    remedy: "look again when db.live is well")
            }
            return Finding(
                "auth.required", .ok, port.subject, seen: "401 without a token and with a wrong one")
        }
    }

    private static func token(_ seen: Sighting) -> [Finding] {
        seen.lettas.map { port, api in
            guard let heard = api.token else {
                return Finding(
                    "auth.token", .note, port.subject,
                    seen: "not tried: \(api.withheld ?? "no token was given")",
                    means: "whether ADE's password is right was not looked at",
                    remedy: "name where it is: ferry host doctor \(seen.errand.origin) --token-env VARIABLE")
            }
            guard [401, 403].contains(heard.status ?? 0) else {
                return Finding("auth.token", .ok, port.subject, seen: "it is not refused")
            }
            return Finding(
                "auth.token", .error, port.subject, seen: "the token is answered \(heard.status ?? 0)",
                means: "ADE says that the server's password is wrong",
                remedy:
                    "compare it with LETTA_SERVER_PASSWORD of the server; nginx must not touch Authorization (no auth_basic)"
            )
        }
    }

    // MARK: data

    private static func database(_ seen: Sighting) -> [Finding] {
        seen.lettas.compactMap { port, api in
            let heard = api.token ?? ((200..<300).contains(api.bare.status ?? 0) ? api.bare : nil)
            guard let heard, ![401, 403].contains(heard.status ?? 0) else { return nil }
            if let answer = heard.answer, answer.status == 200, isList(answer.body) {
                return Finding("db.live", .ok, port.subject, seen: "agents can be listed")
            }
            return Finding(
                "db.live", .error, port.subject,
                seen: "health is green, but GET /v1/agents/?limit=1: \(words(heard))",
                means: "ADE connects and then shows no agents, or “An unknown error occurred”",
                remedy: "sudo -u postgres pg_isready; sudo journalctl -u letta -n 50")
        }
    }

    private static func isList(_ body: [UInt8]) -> Bool { (try? JSONDocument(body))?.root.kind == .array }
}
