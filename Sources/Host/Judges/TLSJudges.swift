import HTTP

/// TLS: is it there, and does a browser trust it?
enum TLSJudges {
    static let probes = [
        Probe(
            id: "tls.proto", asks: "does the port speak what the URL says, TLS or plain HTTP?", worst: .error,
            judge: proto),
        Probe(
            id: "tls.chain", asks: "is the certificate signed by an authority that is trusted?",
            worst: .error,
            judge: perPort(chain)),
        Probe(
            id: "tls.name", asks: "does the certificate speak for the host's name?", worst: .error,
            judge: perPort(name)),
        Probe(
            id: "tls.expiry", asks: "how long is the certificate valid?", worst: .error,
            judge: perPort(expiry)),
        Probe(
            id: "tls.version", asks: "is TLS 1.3 offered, and are 1.0 and 1.1 refused?", worst: .warning,
            judge: perPort(version)),
    ]

    private static let reload = "sudo nginx -t && sudo systemctl reload nginx"

    private static func perPort(
        _ judge: @escaping @Sendable (PortSight, TLSSight, Sighting) -> Finding?
    ) -> @Sendable (Sighting) -> [Finding] {
        { seen in seen.ports.compactMap { port in port.tls.flatMap { judge(port, $0, seen) } } }
    }

    // MARK: protocol

    private static func proto(_ seen: Sighting) -> [Finding] {
        seen.ports.filter { $0.role != .redirect && $0.speech != .closed }.map { port in
            switch (port.speech, seen.errand.isHTTPS) {
            case (.tls, true) where port.tls?.certificate == nil: handshake(port)
            case (.tls, true), (.plain, false):
                Finding(
                    "tls.proto", .ok, port.subject, seen: port.speech == .tls ? "TLS" : "plain HTTP, as asked"
                )
            case (.plain, _): plain(port, seen)
            case (.tls, _): reverse(port, seen)
            default: stranger(port)
            }
        }
    }

    private static func plain(_ port: PortSight, _ seen: Sighting) -> Finding {
        Finding(
            "tls.proto", .error, port.subject, seen: "it speaks plain HTTP",
            means: "the browser says ERR_SSL_PROTOCOL_ERROR for \(seen.address(of: port))",
            remedy: "let nginx speak TLS there: listen \(port.number) ssl; then: \(reload)")
    }

    private static func reverse(_ port: PortSight, _ seen: Sighting) -> Finding {
        Finding(
            "tls.proto", .error, port.subject, seen: "it speaks TLS, and the URL says http",
            means:
                "the browser shows “400 The plain HTTP request was sent to HTTPS port”, or is redirected, which ends a preflight",
            remedy: "use https: ferry host doctor \(seen.address(of: port, scheme: "https"))")
    }

    private static func handshake(_ port: PortSight) -> Finding {
        let detail = port.tls?.failure?.detail ?? ""
        let isUnknown = detail.contains("unrecognized name")
        return Finding(
            "tls.proto", .error, port.subject,
            seen: isUnknown ? "the server knows no host of this name" : "the handshake fails: \(detail)",
            means: isUnknown
                ? "the browser says ERR_SSL_UNRECOGNIZED_NAME_ALERT"
                : "the browser says ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
            remedy: "give the name to the server block (server_name), then: \(reload)")
    }

    private static func stranger(_ port: PortSight) -> Finding {
        Finding(
            "tls.proto", .error, port.subject, seen: "it answers neither TLS nor HTTP",
            means: "the browser says ERR_SSL_PROTOCOL_ERROR or ERR_EMPTY_RESPONSE",
            remedy: "see which program listens: sudo ss -ltnp 'sport = :\(port.number)'")
    }

    // MARK: certificate

    /// OpenSSL's codes that other judges speak about.
    private static let expired = 10
    private static let otherName = 62
    /// libcurl compares names itself, and leaves 0 or 1 then.
    private static let unsaid = 1

    private static func chain(_ port: PortSight, _ tls: TLSSight, _ seen: Sighting) -> Finding? {
        guard let certificate = tls.certificate else { return nil }
        guard tls.failure != nil else {
            return Finding("tls.chain", .ok, port.subject, seen: "trusted, issued by \(certificate.issuer)")
        }
        let isExpired = certificate.expires.map { $0 < seen.now } ?? false
        if tls.verifyCode == expired && isExpired || tls.verifyCode == otherName { return nil }
        if tls.verifyCode <= unsaid, !certificate.speaksFor(seen.host) { return nil }
        return Finding(
            "tls.chain", .error, port.subject, seen: chainWords(tls, certificate),
            means: "the browser says ERR_CERT_AUTHORITY_INVALID, and ADE only “Failed to fetch”",
            remedy: tls.verifyCode == 18 || tls.verifyCode == 19
                ? "get one that is trusted: sudo certbot certonly --webroot -w /var/www/html -d \(seen.host); or trust it here: ferry host doctor \(seen.errand.origin) --ca-file FILE"
                : "serve the whole chain (ssl_certificate …/fullchain.pem), then: \(reload); a private authority is named by --ca-file FILE"
        )
    }

    private static func chainWords(_ tls: TLSSight, _ certificate: ServedCertificate) -> String {
        switch tls.verifyCode {
        case 18: "the certificate is signed by itself"
        case 19: "the chain ends at an authority that is not trusted"
        case 20, 21:
            certificate.chainLength == 1
                ? "its issuer (\(certificate.issuer)) is unknown, and no intermediate is sent with it"
                : "its issuer (\(certificate.issuer)) is unknown"
        case expired: "a certificate of its chain has expired"
        default: tls.failure?.detail ?? "it is not trusted"
        }
    }

    private static func name(_ port: PortSight, _ tls: TLSSight, _ seen: Sighting) -> Finding? {
        guard let certificate = tls.certificate else { return nil }
        let names = certificate.names.isEmpty ? "no name" : certificate.names.joined(separator: ", ")
        if certificate.speaksFor(seen.host) {
            return Finding("tls.name", .ok, port.subject, seen: names)
        }
        return Finding(
            "tls.name", .error, port.subject, seen: "the certificate is for \(names), not for \(seen.host)",
            means: "the browser says ERR_CERT_COMMON_NAME_INVALID",
            remedy: "get one for this name: sudo certbot certonly --webroot -w /var/www/html -d \(seen.host)")
    }

    private static func expiry(_ port: PortSight, _ tls: TLSSight, _ seen: Sighting) -> Finding? {
        guard let certificate = tls.certificate, let expires = certificate.expires else { return nil }
        let left = expires - seen.now
        // Rounded down, so that the last day counts as 0.
        let days = left >= 0 ? left / 86_400 : -1
        let renew =
            "sudo certbot renew --no-random-sleep-on-renew && sudo systemctl reload nginx; systemctl list-timers certbot.timer"
        if left < 0 {
            return Finding(
                "tls.expiry", .error, port.subject, seen: "it expired on \(certificate.expiry)",
                means: "the browser says ERR_CERT_DATE_INVALID", remedy: renew)
        }
        if days <= 21 {
            return Finding(
                "tls.expiry", days <= 7 ? .error : .warning, port.subject,
                seen: "\(days) days left (until \(certificate.expiry))",
                means: "then the browser says ERR_CERT_DATE_INVALID; the renewal seems not to run",
                remedy: renew)
        }
        return Finding("tls.expiry", .ok, port.subject, seen: "\(days) days left")
    }

    private static func version(_ port: PortSight, _ tls: TLSSight, _ seen: Sighting) -> Finding? {
        guard tls.certificate != nil else { return nil }
        if !tls.takesOutdated, tls.takesNewest {
            return Finding("tls.version", .ok, port.subject, seen: "1.3 is offered, 1.0 and 1.1 are refused")
        }
        return Finding(
            "tls.version", .warning, port.subject,
            seen: tls.takesOutdated ? "TLS 1.0 or 1.1 is accepted" : "TLS 1.3 is not offered",
            means: tls.takesOutdated
                ? "ADE works; whoever sits in between can press old clients down to a broken protocol"
                : "ADE works, with one round trip more for each connection",
            remedy:
                "ssl_protocols TLSv1.2 TLSv1.3; in the http block and the default server, whose setting wins; then: \(reload)"
        )
    }
}
