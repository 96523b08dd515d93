/// One way to set up nginx in front of Letta: the right one, with what a case
/// breaks of it.
struct Edge: Sendable {
    /// Who is behind it.
    enum Behind: String, Sendable, CaseIterable {
        case letta, openLetta, otherVersion, otherOrigins, deadData, website, nobody
        /// Letta behind one more nginx, which listens on loopback or everywhere.
        case hop, openHop
    }

    var certificate = Certificates.Kind.good
    var speaksTLS = true
    var behind = Behind.letta
    var bodySize = "512m"
    var protocols = "ssl_protocols TLSv1.2 TLSv1.3;"
    var host = "$http_host"
    var forwardsScheme = true
    var buffering = "off"
    var hsts = ""
    /// CORS of errors that nginx makes.
    var errorFields = "add_header Access-Control-Allow-Origin $cors_self always;"
    /// Further lines of the server block, and of its one location.
    var server = ""
    var location = ""
    var speaksHTTP2 = true
    /// Whether a name that it does not know ends the handshake, and it knows
    /// another than it is asked by.
    var knowsAnotherName = false

    func block(port: Int, upstream: Int, _ certificates: Certificates) -> String {
        let tls =
            speaksTLS
            ? """
            ssl_certificate \(certificates.certificate(certificate));
                ssl_certificate_key \(certificates.key(certificate));
                \(protocols)
            """ : ""
        let stranger =
            knowsAnotherName
            ? "server { listen 127.0.0.1:\(port) ssl http2 default_server; ssl_reject_handshake on; }\n" : ""
        return stranger + """
            server {
                listen 127.0.0.1:\(port)\(speaksTLS ? " ssl" : "")\(speaksTLS && speaksHTTP2 ? " http2" : "");
                server_name \(knowsAnotherName ? "other.example" : "127.0.0.1 \(Self.name)");
                \(tls)
                client_max_body_size \(bodySize);
                \(errorFields)
                \(hsts)
                \(server)
                location / {
                    proxy_pass http://127.0.0.1:\(upstream);
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_set_header Host \(host);
                    \(forwardsScheme ? "proxy_set_header X-Forwarded-Proto $scheme;" : "")
                    proxy_buffering \(buffering);
                    proxy_request_buffering off;
                    \(location)
                }
            }

            """
    }

    static func redirect(port: Int, to target: String, webroot: String? = nil) -> String {
        let challenge = webroot.map { "location ^~ /.well-known/acme-challenge/ { root \($0); }" } ?? ""
        return "server { listen 127.0.0.1:\(port); \(challenge) location / { return 308 \(target); } }\n"
    }

    /// The http block around all servers; every path is in the folder.
    static func settings(_ servers: String, in folder: String) -> String {
        """
        daemon off;
        worker_processes 1;
        pid \(folder)/nginx.pid;
        error_log \(folder)/error.log;
        events { worker_connections 512; }
        http {
            access_log off;
            server_tokens off;
            client_body_temp_path \(folder)/body;
            proxy_temp_path \(folder)/proxy;
            fastcgi_temp_path \(folder)/fastcgi;
            uwsgi_temp_path \(folder)/uwsgi;
            scgi_temp_path \(folder)/scgi;
            map $http_origin $cors_allowed {
                default '';
                "\(Edge.page)" $http_origin;
                "https://chat.letta.com" $http_origin;
            }
            map $upstream_http_access_control_allow_origin $cors_self { default ''; '' $cors_allowed; }
        \(servers)
        }

        """
    }

    static let page = "https://app.letta.com"
    /// The name by which a browser comes; a resolver of its own leads it here.
    static let name = "api.ferry.test"

    /// A further nginx before Letta, which passes on what it hears.
    static func hop(_ listen: String, upstream: Int) -> String {
        """
        server {
            listen \(listen);
            location / {
                proxy_pass http://127.0.0.1:\(upstream);
                proxy_buffering off;
                client_max_body_size 0;
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
            }
        }

        """
    }

    /// A page that does nothing until it is told to.
    static func page(port: Int, _ certificates: Certificates) -> String {
        """
        server {
            listen 127.0.0.1:\(port) ssl;
            server_name app.letta.com;
            ssl_certificate \(certificates.certificate(.page));
            ssl_certificate_key \(certificates.key(.page));
            default_type text/html;
            location / { return 200 "<!doctype html><title>ADE</title>"; }
        }

        """
    }
}
