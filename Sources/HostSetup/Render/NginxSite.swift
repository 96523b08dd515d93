import LettaModel

extension Rendering {
    var nginx: NginxSite {
        NginxSite(config: config, facts: facts, paths: paths)
    }

    /// In a scratch root nginx's own files are ferry's; else the package's.
    var edgeFiles: [DesiredFile] {
        let main = facts.base.isEmpty ? [] : [DesiredFile(paths.nginxMain, nginx.main)]
        return main + restart + [DesiredFile(paths.site, nginx.whole)]
    }

    /// Debian's unit leaves an nginx that has died as it is.
    private var restart: [DesiredFile] {
        guard config.services == "systemd" else { return [] }
        return [
            DesiredFile(
                "\(paths.units)/nginx.service.d/ferry.conf",
                """
                [Service]
                Restart=on-failure
                RestartSec=5

                """)
        ]
    }
}

/// The edge: TLS, one origin, and Letta's answers as Letta made them.
struct NginxSite: Sendable {
    let config: HostConfig
    let facts: RenderFacts
    let paths: HostPaths

    /// Where the site says which of its versions is served: nginx's reload
    /// reports success also where it changed nothing.
    static let generationPath = "/.well-known/ferry-host"
    private static let placeholder = "@GENERATION@"

    var whole: String { sealed(http + plainServer(redirects: true) + refusals + tlsServers) }

    var challengeOnly: String { sealed(plainServer(redirects: false)) }

    /// The answer of that path for a text of the site.
    static func generation(of text: String) -> String? {
        guard let mark = text.firstRange(of: "return 200 \"ferry-") else { return nil }
        return "ferry-" + text[mark.upperBound...].prefix { $0 != "\\" && $0 != "\"" }
    }

    private func sealed(_ text: String) -> String {
        text.replacing(Self.placeholder, with: "ferry-" + ManagedText.sum(text))
    }

    // MARK: http level

    private var upstream: String { "ferry_letta" }

    private var http: String {
        let pages = config.origins.map { "    \"\($0)\" $http_origin;\n" }.joined()
        return """
            # Letta makes CORS answers itself. Only of errors that nginx makes a page
            # could not read the status: these get the field that Letta did not give.
            map $http_origin $ferry_cors_allowed {
                default '';
            \(pages)}
            map $upstream_http_access_control_allow_origin $ferry_cors_self {
                default '';
                '' $ferry_cors_allowed;
            }
            map $http_upgrade $ferry_connection {
                default upgrade;
                '' '';
            }
            upstream \(upstream) {
                # Not localhost: ::1 would be tried first.
                server 127.0.0.1:\(config.lettaPort);
                keepalive 16;
                # Below the five seconds of Letta's own server.
                keepalive_timeout 4s;
            }


            """
    }

    // MARK: ports

    /// `127.0.0.1:80`, `80`, `[::]:80`.
    private func places(_ port: Int) -> [String] {
        guard config.address.isEmpty else {
            return [
                config.address.contains(":") ? "[\(config.address)]:\(port)" : "\(config.address):\(port)"
            ]
        }
        return facts.hasIPv6 ? ["\(port)", "[::]:\(port)"] : ["\(port)"]
    }

    private func listen(_ ports: [Int], _ words: String = "") -> String {
        ports.flatMap(places).map { "    listen \($0)\(words);\n" }.joined()
    }

    private var tlsWords: String { facts.nginx.hasHTTP2Directive ? " ssl" : " ssl http2" }

    private var tlsPorts: [Int] {
        config.httpsPort == config.apiPort ? [config.apiPort] : [config.httpsPort, config.apiPort]
    }

    private var generation: String {
        """
            location = \(Self.generationPath) {
                default_type text/plain;
                return 200 "\(Self.placeholder)\\n";
            }

        """
    }

    /// Plain HTTP: the authority's challenge, and everybody else on to https.
    private func plainServer(redirects: Bool) -> String {
        let target = config.httpsPort == 443 ? "https://$host" : "https://$host:\(config.httpsPort)"
        let rest = redirects ? "return 308 \(target)$request_uri;" : "return 503;"
        return """
            server {
            \(listen([config.httpPort]))    server_name \(config.name);
                server_tokens off;
                location ^~ /.well-known/acme-challenge/ {
                    root \(paths.webroot);
                    default_type text/plain;
                }
            \(generation)    location / {
                    \(rest)
                }
            }
            server {
            \(listen([config.httpPort], " default_server"))    server_name _;
                server_tokens off;
                return 444;
            }

            """
    }

    /// Unknown names get no handshake. The versions of TLS count in the
    /// default server of a socket, whatever a server of a name says.
    private var refusals: String {
        """
        server {
        \(listen(tlsPorts, tlsWords + " default_server"))    server_name _;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_session_tickets off;
            ssl_reject_handshake on;
        }

        """
    }

    private var tlsServers: String {
        config.hasSite
            ? server([config.httpsPort], body: siteBody) + server([config.apiPort], body: apiBody)
            : server(tlsPorts, body: apiBody)
    }

    private func server(_ ports: [Int], body: String) -> String {
        let files = paths.certificate(config)
        return """
            server {
            \(listen(ports, tlsWords))\(facts.nginx.hasHTTP2Directive ? "    http2 on;\n" : "")    server_name \(config.name);
                server_tokens off;
                ssl_certificate \(files.chain);
                ssl_certificate_key \(files.key);
                ssl_protocols TLSv1.2 TLSv1.3;
                ssl_session_cache shared:ferry:10m;
                ssl_session_tickets off;
                # Plain HTTP that comes to this port.
                error_page 497 =308 https://$http_host$request_uri;
                add_header Strict-Transport-Security "max-age=\(config.hsts)" always;
                add_header X-Content-Type-Options nosniff always;
            \(body)\(generation)}

            """
    }

    private var siteBody: String {
        """
            root \(config.site);
            index index.html;
            # What a link leads out to, and what is hidden (.env, .git), is not for everybody.
            disable_symlinks on from=$document_root;
            location ~ /\\.(?!well-known/) {
                return 404;
            }
            location / {
                try_files $uri $uri/ =404;
            }

        """
    }

    private var apiBody: String {
        """
            add_header Access-Control-Allow-Origin $ferry_cors_self always;
            add_header Vary Origin always;
            client_max_body_size \(config.bodyLimit)m;
            location / {
                proxy_pass http://\(upstream);
                proxy_http_version 1.1;
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Real-IP $remote_addr;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $ferry_connection;
                # A reply is passed on as it is made; a wrong password is told before
                # the body was sent.
                proxy_buffering off;
                proxy_request_buffering off;
                # An import says nothing until it is done.
                proxy_read_timeout 3600s;
                proxy_send_timeout 3600s;
            }

        """
    }

    // MARK: a scratch root

    /// An nginx of its own, like Debian's, below the root alone.
    var main: String {
        """
        user \(facts.user);
        worker_processes auto;
        pid \(paths.nginxPid);
        error_log \(paths.nginxErrors);
        events {
            worker_connections 768;
        }
        http {
            access_log \(paths.at("/var/log/nginx/access.log"));
            client_body_temp_path \(paths.at("/var/lib/nginx/body"));
            proxy_temp_path \(paths.at("/var/lib/nginx/proxy"));
            fastcgi_temp_path \(paths.at("/var/lib/nginx/fastcgi"));
            uwsgi_temp_path \(paths.at("/var/lib/nginx/uwsgi"));
            scgi_temp_path \(paths.at("/var/lib/nginx/scgi"));
            include \(paths.at("/etc/nginx/conf.d"))/*.conf;
            include \(paths.at("/etc/nginx/sites-enabled"))/*;
        }

        """
    }
}
