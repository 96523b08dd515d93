import HTTP

/// Plain HTTP beside TLS: redirects, the error 497, and HSTS.
enum PlainJudges {
    static let probes = [
        Probe(
            id: "http.redirect", asks: "does the plain port send everybody on to https on the same host?",
            worst: .warning, judge: redirect),
        Probe(
            id: "acme.path", asks: "does a challenge for a new certificate come past Letta?", worst: .warning,
            judge: challenge),
        Probe(
            id: "http.plain", asks: "does a TLS port refuse to serve the API in clear?", worst: .error,
            judge: clear),
        Probe(
            id: "hsts.sent", asks: "are browsers told to come by https only?", worst: .note, judge: sent),
        Probe(
            id: "hsts.plain-port", asks: "is there a plain port on a name that HSTS closes to plain HTTP?",
            worst: .error, judge: plainPort),
    ]

    private static func redirect(_ seen: Sighting) -> [Finding] {
        seen.ports.filter { $0.role == .redirect }.map { port in
            guard port.speech == .plain, let answer = port.plain?.answer else {
                return noRedirect(port, seen)
            }
            let location = answer.value("location")
            let target = location.flatMap { Origin($0) }
            if (300..<400).contains(answer.status), target?.scheme == "https", target?.host == seen.host {
                return Finding(
                    "http.redirect", .ok, port.subject,
                    seen: "\(answer.status) to \(target?.description ?? "")")
            }
            return Finding(
                "http.redirect", .warning, port.subject,
                seen: location.map { "\(answer.status) to \($0)" } ?? "it answers \(answer.status) itself",
                means: "who types the name without https:// gets something else than the API's host",
                remedy:
                    "port 80: return 308 https://$host$request_uri; then: sudo nginx -t && sudo systemctl reload nginx"
            )
        }
    }

    private static func noRedirect(_ port: PortSight, _ seen: Sighting) -> Finding {
        Finding(
            "http.redirect", .warning, port.subject,
            seen: port.speech == .closed ? "nothing listens" : "it does not answer plain HTTP",
            means:
                "ADE works, but the certificate cannot be renewed by http-01, and http://\(seen.host) ends nowhere",
            remedy: "let nginx listen on 80 and open it: sudo ss -ltn 'sport = :80'")
    }

    /// Nobody has put a file there, so nginx itself must say 404.
    private static func challenge(_ seen: Sighting) -> [Finding] {
        seen.ports.compactMap { port in
            guard let heard = port.challenge, let status = heard.status else { return nil }
            let isLetta = status == 401 || heard.answer?.value("content-type")?.contains("json") == true
            guard isLetta else {
                return Finding("acme.path", .ok, port.subject, seen: "\(status), and not by Letta")
            }
            return Finding(
                "acme.path", .warning, port.subject,
                seen: "/.well-known/acme-challenge/ is answered \(status) by Letta",
                means:
                    "the next renewal by webroot fails; when the certificate ends, the browser says ERR_CERT_DATE_INVALID",
                remedy:
                    "port 80: location ^~ /.well-known/acme-challenge/ { root /var/www/html; } before the redirect, then: sudo certbot renew --dry-run"
            )
        }
    }

    private static func clear(_ seen: Sighting) -> [Finding] {
        seen.ports.filter { $0.speech == .tls && $0.role != .redirect }.map { port in
            guard let status = port.plain?.status, (200..<300).contains(status) else {
                let words =
                    port.plain?.status.map { "plain HTTP is answered \($0)" } ?? "plain HTTP is not answered"
                return Finding("http.plain", .ok, port.subject, seen: words)
            }
            return Finding(
                "http.plain", .error, port.subject, seen: "plain HTTP is answered \(status) on a TLS port",
                means: "a client that forgets the s sends its token in clear, and nobody notices",
                remedy:
                    "error_page 497 =308 https://$http_host$request_uri; then: sudo nginx -t && sudo systemctl reload nginx"
            )
        }
    }

    private static func hsts(_ port: PortSight) -> String? {
        guard port.speech == .tls else { return nil }
        return port.api?.health.answer?.value("strict-transport-security")
    }

    /// `max-age=0` has a browser forget what it was told.
    private static func closes(_ port: PortSight) -> Bool {
        guard let value = hsts(port) else { return false }
        return value.firstMatch(of: /max-age\s*=\s*"?0+"?\s*(;|$)/.ignoresCase()) == nil
    }

    private static func sent(_ seen: Sighting) -> [Finding] {
        seen.lettas.map(\.port).filter { $0.speech == .tls }.map { port in
            if let value = hsts(port), closes(port) {
                return Finding("hsts.sent", .ok, port.subject, seen: value)
            }
            return Finding(
                "hsts.sent", .note, port.subject,
                seen: hsts(port).map { "\($0): browsers are told to forget it" }
                    ?? "no Strict-Transport-Security",
                means: "a browser that is sent to http:// goes there once before it learns better",
                remedy: "add_header Strict-Transport-Security \"max-age=300\" always; and more once it works")
        }
    }

    private static func plainPort(_ seen: Sighting) -> [Finding] {
        guard let sender = seen.ports.first(where: closes) else { return [] }
        let plain = seen.ports.filter { $0.speech == .plain && $0.role != .redirect }
        guard !plain.isEmpty else {
            return [Finding("hsts.plain-port", .ok, sender.subject, seen: "no plain port on this name")]
        }
        return plain.map { port in
            Finding(
                "hsts.plain-port", .error, port.subject,
                seen: "plain HTTP, while \(sender.subject) of the same name sends Strict-Transport-Security",
                means:
                    "HSTS counts for every port of a name: the browser turns \(seen.address(of: port, scheme: "http")) into https and says ERR_SSL_PROTOCOL_ERROR",
                remedy:
                    "let nginx speak TLS there: listen \(port.number) ssl; then: sudo nginx -t && sudo systemctl reload nginx"
            )
        }
    }
}
