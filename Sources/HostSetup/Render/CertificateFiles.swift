extension Rendering {
    /// What is run when a certificate was renewed; certbot calls it, and its
    /// own exit code says nothing of it, so it writes to the log itself.
    var certificateFiles: [DesiredFile] {
        guard config.certificate == "acme" else { return [] }
        return [
            DesiredFile("\(paths.tools)/certificate-renewed", renewed, mode: 0o755),
            DesiredFile(
                "\(paths.letsencrypt)/renewal-hooks/deploy/ferry-\(config.name)", hook, mode: 0o755),
        ] + authorityFiles
    }

    /// certbot calls it for every certificate of the host, also for one that
    /// was there before ferry.
    private var hook: String {
        """
        #!/bin/sh
        # Calls what looks after \(config.name), and nothing for other names.
        [ "${RENEWED_LINEAGE-}" != \(paths.lineage) ] || exec \(paths.tools)/certificate-renewed

        """
    }

    /// certbot's timer knows nothing of a private authority. Its bundle is
    /// added to the system's own, which other certificates need.
    private var authorityFiles: [DesiredFile] {
        guard !config.authority.isEmpty, config.services == "systemd" else { return [] }
        let bundle = "/run/ferry-certbot/authorities.pem"
        return [
            DesiredFile(
                "\(paths.units)/certbot.service.d/ferry.conf",
                """
                [Service]
                RuntimeDirectory=ferry-certbot
                Environment=REQUESTS_CA_BUNDLE=\(bundle)
                ExecStartPre=/bin/sh -c 'exec cat /etc/ssl/certs/ca-certificates.crt \(config.authority) >\(bundle)'

                """)
        ]
    }

    var reloadNginx: String {
        if !facts.base.isEmpty {
            return "nginx -p \(facts.base) -e \(paths.nginxErrors) -c \(paths.nginxMain)"
        }
        return "nginx"
    }

    private var renewed: String {
        let own = config.address.contains(":") ? "[\(config.address)]" : config.address
        let address = own.isEmpty ? "127.0.0.1" : own
        return """
            #!/bin/bash
            # Has nginx serve a renewed certificate, and looks whether it does.
            set -euo pipefail
            PATH=$PATH:/usr/sbin:/sbin
            fail() {
                echo "ferry: certificate of \(config.name): $1" >&2
                command -v logger >/dev/null && logger -t ferry -p daemon.err "certificate of \(config.name): $1"
                exit 1
            }
            serial() { openssl x509 -noout -serial 2>/dev/null; }

            # At the first issue the site has the challenge alone, and no certificate.
            if ! grep -q 'ssl_certificate ' \(paths.site); then
                exit 0
            fi
            \(reloadNginx) -t 2>/dev/null || fail "nginx -t finds a mistake; the old certificate is still served"
            \(reloadNginx) -s reload || fail "nginx cannot be reloaded"
            new=$(serial <\(paths.lineage)/fullchain.pem) || fail "the new file cannot be read"
            for _ in 1 2 3 4 5 6 7 8 9 10; do
                sleep 0.5
                served=$(openssl s_client -connect \(address):\(config.apiPort) -servername \(config.name) </dev/null 2>/dev/null | serial) || true
                if [[ $served == "$new" ]]; then
                    exit 0
                fi
            done
            fail "nginx was reloaded, and serves the old one still"

            """
    }

    /// Certbot's words for the first certificate.
    func certbot(dryRun: Bool) -> [String] {
        var words = [
            "certbot", "certonly", "--webroot", "-w", paths.webroot, "-d", config.name, "--cert-name",
            config.name,
            "--non-interactive", "--agree-tos", "-m", config.mail, "--keep-until-expiring",
            "--config-dir", paths.letsencrypt, "--work-dir", paths.at("/var/lib/letsencrypt"),
            "--logs-dir", paths.at("/var/log/letsencrypt"),
        ]
        if !config.acmeServer.isEmpty { words += ["--server", config.acmeServer] }
        return words + (dryRun ? ["--dry-run"] : [])
    }
}
