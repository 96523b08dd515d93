import Testing

@testable import Host

@Suite struct OnHostTests {
    @Test func `listening sockets are read from the tables of the kernel`() {
        let four = """
              sl  local_address rem_address   st tx_queue rx_queue
               0: 0100007F:476B 00000000:0000 0A 00000000:00000000
               1: 00000000:1538 00000000:0000 0A 00000000:00000000
               2: 0100007F:0050 0200007F:1234 01 00000000:00000000
            """
        #expect(
            ListeningSocket.all(four) == [
                ListeningSocket("127.0.0.1", 18283), ListeningSocket("0.0.0.0", 5432),
            ])
        let six = """
              sl  local_address                         remote_address  st
               0: 00000000000000000000000001000000:18EB 00:0 0A
               1: 00000000000000000000000000000000:01BB 00:0 0A
               2: 0000000000000000FFFF00000100007F:1538 00:0 0A
            """
        #expect(
            ListeningSocket.all(six) == [
                ListeningSocket("::1", 6379), ListeningSocket("::", 443),
                ListeningSocket("::ffff:127.0.0.1", 5432),
            ])
        #expect(ListeningSocket.all(six).map(\.isLoopback) == [true, false, true])
    }

    private static let dump = #"""
        nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
        # configuration file /etc/nginx/nginx.conf:
        events {}
        http {
            proxy_read_timeout 120s; # not "{" here
            upstream letta { server 127.0.0.1:18283; keepalive 16; }
            include sites-enabled/*;
        }
        # configuration file /etc/nginx/sites-enabled/letta:
        server {
            listen 443 ssl http2;
            listen [::]:8283 ssl;
            server_name letta.example;
            ssl_certificate "/etc/a b.pem";
            location / { proxy_pass http://letta; proxy_buffering off; }
            location /v1/agents/ { proxy_pass http://127.0.0.1:9; }
            location ~ \.php$ { proxy_buffering on; }
        }
        server { listen 443 default_server; return 444; }
        """#

    @Test func `what counts for a request is found through includes and blocks`() throws {
        let settings = try #require(NginxSettings(Self.dump))
        func value(_ name: String, _ path: String, port: Int = 443, host: String = "letta.example") -> String?
        {
            settings.values(name, port: port, host: host, path: path)?.first
        }
        #expect(value("proxy_buffering", "/docs") == "off")
        #expect(value("proxy_buffering", "/v1/agents/x") == nil)
        #expect(value("proxy_read_timeout", "/docs") == "120s")
        #expect(value("ssl_certificate", "/", port: 8283) == "/etc/a b.pem")
        #expect(value("return", "/", host: "other.example") == "444")
        #expect(settings.upstreams(port: 443, host: "letta.example", path: "/docs") == ["127.0.0.1:18283"])
        #expect(settings.upstreams(port: 443, host: "letta.example", path: "/v1/agents/x") == ["127.0.0.1:9"])
        #expect(settings.server(port: 80, host: "letta.example") == nil)
    }

    @Test(arguments: [
        "", "nginx: [emerg] no", "# configuration file /x:\nevents {}\n", "# configuration file /x:\nhttp {",
    ])
    func `a dump without an http block is none, and a broken one does no harm`(text: String) {
        #expect((NginxSettings(text) == nil) == !text.contains("http"))
    }

    @Test(
        arguments: [("60", 60), ("60s", 60), ("10m", 600), ("1h", 3600), ("x", nil), ("5y", nil)]
            as [(String, Int?)])
    func `a time of nginx is read`(text: String, seconds: Int?) {
        #expect(MachineJudges.seconds(text) == seconds)
    }
}
