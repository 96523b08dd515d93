import Glibc
import HTTPCurl
import Journal
import LettaModel
import ScriptedLetta
import Testing

@testable import HostSetup

/// A real authority of ACME on this machine: Pebble, of Debian. Gone with
/// this value.
final class Pebble: Sendable {
    let folder: Scratch
    let directory: String
    /// Pebble's own TLS and what it signs with, in one file.
    let authority: String
    private let processes: [pid_t]

    static var isInstalled: Bool {
        ["pebble", "pebble-challtestsrv", "certbot", "openssl", "nginx"].allSatisfy {
            Tool.path(of: $0) != nil
        }
    }

    /// - Parameter port: where it will ask for challenges.
    init(challengesAt port: Int) throws {
        let folder = Scratch()
        let ports = Ports.take(5)
        let (cert, key) = (folder.path + "/pebble.crt", folder.path + "/pebble.key")
        let made = Tool(words: [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
            "subjectAltName=IP:127.0.0.1",
        ]).run()
        try #require(made?.succeeded == true)
        let config = try folder.write(
            """
            {"pebble": {"listenAddress": "127.0.0.1:\(ports[0])", "managementListenAddress": "127.0.0.1:\(ports[1])",
             "certificate": "\(cert)", "privateKey": "\(key)", "httpPort": \(port), "tlsPort": \(ports[4])}}
            """, "pebble.json")
        let dns =
            "pebble-challtestsrv -defaultIPv4 127.0.0.1 -defaultIPv6 '' -http01 '' -https01 '' -tlsalpn01 ''"
        let commands = [
            "\(dns) -dns01 127.0.0.1:\(ports[2]) -management 127.0.0.1:\(ports[3])",
            "PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 pebble -config \(config) -dnsserver 127.0.0.1:\(ports[2])",
        ]
        processes = commands.compactMap { command in
            let started = Tool(words: [
                "/bin/sh", "-c", "\(command) >\(folder.path)/log 2>&1 </dev/null & echo $!",
            ]).run()
            return started.flatMap { pid_t(String($0.text.trimmedSpaces)) }
        }
        directory = "https://127.0.0.1:\(ports[0])/dir"
        authority = folder.path + "/authority.pem"
        self.folder = folder
        let root = Self.fetch("https://127.0.0.1:\(ports[1])/roots/0", trusting: cert)
        _ = try folder.write(text(of: cert) + root, "authority.pem")
        try #require(root.contains("BEGIN CERTIFICATE"), "\(text(of: folder.path + "/log"))")
    }

    deinit { for process in processes { kill(process, SIGTERM) } }

    private static func fetch(_ url: String, trusting file: String) -> String {
        Tool(words: [
            "curl", "-s", "--noproxy", "*", "--retry", "40", "--retry-delay", "1", "--retry-connrefused",
            "--cacert",
            file, url,
        ]).run()?.text ?? ""
    }
}

@Suite(.enabled(if: Pebble.isInstalled, "needs pebble, certbot, openssl and nginx"))
struct AuthorityTests {
    private func site() throws -> (Site, Pebble) {
        let port = Ports.take(1)[0]
        let pebble = try Pebble(challengesAt: port)
        let site = try Site {
            ($0.certificate, $0.acmeServer, $0.authority) = ("acme", pebble.directory, pebble.authority)
            $0.httpPort = port
        }
        return (site, pebble)
    }

    private func serial(_ site: Site) -> String {
        Tool(words: ["openssl", "x509", "-noout", "-serial", "-in", site.paths.lineage + "/fullchain.pem"])
            .run()?
            .text ?? ""
    }

    private func served(_ site: Site) -> String {
        let command =
            "openssl s_client -connect 127.0.0.1:\(site.config.apiPort) -servername \(site.config.name) </dev/null 2>/dev/null"
            + " | openssl x509 -noout -serial"
        return Tool(words: ["/bin/sh", "-c", command]).run()?.text ?? "?"
    }

    @Test func `a certificate is issued by webroot in two phases, served, renewed, and served again`()
        async throws
    {
        let (site, pebble) = try site()
        let applied = try await site.apply()
        #expect(applied.run.status == .verified)
        #expect(serial(site).hasPrefix("serial="))
        #expect(served(site) == serial(site))
        #expect(try await site.prepare().plan.isDone)
        let first = serial(site)
        // certbot's words of its timer; that somebody waits is not part of it.
        let renewed = try #require(
            Tool(
                words: [
                    "certbot", "renew", "--force-renewal", "--no-random-sleep-on-renew", "--config-dir",
                    site.paths.letsencrypt, "--work-dir", site.paths.at("/var/lib/letsencrypt"), "--logs-dir",
                    site.paths.at("/var/log/letsencrypt"),
                ], environment: ["REQUESTS_CA_BUNDLE": pebble.authority]
            ).run(seconds: 120))
        #expect(renewed.succeeded, "\(renewed.text)")
        #expect(serial(site) != first)
        #expect(served(site) == serial(site))
        let undone = try await site.undo()
        #expect(undone.left.contains { $0.contains("the certificate of lab.example.org") })
        #expect(!site.nginx.isRunning)
        #expect(HostDisk.exists(site.paths.lineage + "/fullchain.pem"))
    }

    @Test func `a certificate that was there before ferry is served anew too when certbot renews it`()
        async throws
    {
        let (site, pebble) = try site()
        let first = try await site.apply()
        // As if somebody else had got it: the site goes, the lineage stays.
        try await site.undo()
        let renewal = site.paths.letsencrypt + "/renewal/\(site.config.name).conf"
        #expect(!text(of: renewal).contains("hook"))
        let second = try await site.apply()
        #expect(first.run.id != second.run.id)
        let before = serial(site)
        #expect(served(site) == before)
        let renewed = Tool(
            words: [
                "certbot", "renew", "--force-renewal", "--no-random-sleep-on-renew", "--config-dir",
                site.paths.letsencrypt, "--work-dir", site.paths.at("/var/lib/letsencrypt"), "--logs-dir",
                site.paths.at("/var/log/letsencrypt"),
            ], environment: ["REQUESTS_CA_BUNDLE": pebble.authority]
        ).run(seconds: 120)
        #expect(renewed?.succeeded == true, "\(renewed?.text ?? "")")
        #expect(serial(site) != before)
        #expect(served(site) == serial(site))
        let probes = Tool(words: ["find", site.paths.webroot, "-type", "f"]).run()?.text
        #expect(probes == "")
    }

    @Test func `an authority that refuses leaves nothing behind but its own files`() async throws {
        let (site, pebble) = try site()
        _ = pebble
        // It will ask at another port than the one that answers.
        var config = site.config
        config.httpPort = Ports.take(1)[0]
        let failure = await #expect(throws: Failure.self) { try await site.apply(config) }
        #expect(failure?.code == .hostStepFailed)
        #expect(failure?.subject == "certbot", "\(String(describing: failure))")
        #expect(!HostDisk.exists(site.paths.site))
        #expect(!site.nginx.isRunning)
    }
}
