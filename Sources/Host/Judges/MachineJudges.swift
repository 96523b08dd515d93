/// What only the host itself can tell.
enum MachineJudges {
    static let probes = [
        Probe(id: "bind.api", asks: "does Letta listen on loopback only?", worst: .error, judge: api),
        Probe(
            id: "bind.db", asks: "do Postgres and Redis listen on loopback only?", worst: .error,
            judge: database),
        Probe(id: "nginx.read", asks: "can nginx's effective settings be read?", worst: .note, judge: read),
        Probe(id: "nginx.test", asks: "does nginx accept its own settings?", worst: .error, judge: test),
        Probe(
            id: "nginx.heard", asks: "does nginx listen on every port that its settings name?", worst: .error,
            judge: heard),
        Probe(id: "sse.static", asks: "is proxy_buffering off for streams?", worst: .error, judge: buffering),
        Probe(
            id: "timeout.static", asks: "does nginx wait ten minutes or more for a long reply?",
            worst: .warning,
            judge: timeout),
        Probe(
            id: "tls.fresh", asks: "is the certificate that is served the one on the disk?", worst: .error,
            judge: fresh),
        Probe(id: "disk.free", asks: "is there room for an import?", worst: .warning, judge: disk),
        Probe(id: "mem.free", asks: "is there memory for an import?", worst: .warning, judge: memory),
        Probe(
            id: "cert.timer", asks: "is the certificate renewed by a timer?", worst: .warning, judge: timer),
    ]

    private static let reload = "sudo nginx -t && sudo systemctl reload nginx"

    // MARK: addresses

    private static func api(_ seen: Sighting) -> [Finding] {
        guard let machine = seen.machine else { return [] }
        let numbers = Set(machine.upstreamPorts + machine.lettaPorts)
        return numbers.sorted().map { number in
            let open = machine.listening.filter { $0.port == number && !$0.isLoopback }
            guard let first = open.first else {
                return Finding("bind.api", .ok, "port \(number)", seen: "loopback only")
            }
            return Finding(
                "bind.api", .error, "port \(number)", seen: "Letta listens on \(first.address)",
                means: "the API can be had without TLS, past nginx, by whoever reaches the machine",
                remedy:
                    "start it with --host 127.0.0.1 (Docker: -p 127.0.0.1:\(number):8283): sudo systemctl restart letta"
            )
        }
    }

    private static func database(_ seen: Sighting) -> [Finding] {
        guard let machine = seen.machine else { return [] }
        let open = machine.listening.filter { [5432, 6379].contains($0.port) && !$0.isLoopback }
        guard !open.isEmpty else { return [Finding("bind.db", .ok, "", seen: "neither is open to others")] }
        return open.map { socket in
            Finding(
                "bind.db", .error, "port \(socket.port)",
                seen: "\(socket.port == 5432 ? "Postgres" : "Redis") listens on \(socket.address)",
                means: "everything that agents remember is one password away from the network",
                remedy: socket.port == 5432
                    ? "listen_addresses = 'localhost' in postgresql.conf: sudo systemctl restart postgresql"
                    : "bind 127.0.0.1 ::1 in redis.conf: sudo systemctl restart redis-server")
        }
    }

    // MARK: nginx

    private static func test(_ seen: Sighting) -> [Finding] {
        guard let machine = seen.machine else { return [] }
        guard machine.nginxRefuses else {
            return machine.nginxTrouble == nil ? [Finding("nginx.test", .ok, "", seen: "nginx -T")] : []
        }
        return [
            Finding(
                "nginx.test", .error, "", seen: machine.nginxTrouble ?? "nginx -t fails",
                means:
                    "ADE works until nginx is next started; then it is gone, and no certificate reaches it until then",
                remedy: "sudo nginx -t, and mend the line that it names")
        ]
    }

    /// A reload that cannot bind a port ends well and changes nothing.
    private static func heard(_ seen: Sighting) -> [Finding] {
        guard let machine = seen.machine, machine.nginxTrouble == nil, let unheard = machine.unheard else {
            return []
        }
        guard !unheard.isEmpty else {
            return [Finding("nginx.heard", .ok, "", seen: "somebody listens on each")]
        }
        return unheard.map { port in
            Finding(
                "nginx.heard", .error, "port \(port)", seen: "the settings name it, and nobody listens there",
                means: "the last reload failed although it said nothing: ADE meets the settings of before",
                remedy: "sudo grep emerg /var/log/nginx/error.log | tail; sudo systemctl restart nginx")
        }
    }

    private static func read(_ seen: Sighting) -> [Finding] {
        guard let machine = seen.machine, !machine.nginxRefuses else { return [] }
        guard let trouble = machine.nginxTrouble else {
            return [Finding("nginx.read", .ok, "", seen: "nginx -T")]
        }
        return [
            Finding(
                "nginx.read", .note, "", seen: trouble,
                means: "what nginx does with streams was not looked at",
                remedy: "run the doctor as root: sudo ferry host doctor \(seen.errand.origin) --on-host")
        ]
    }

    private static func proxied(_ seen: Sighting) -> [MachineSight.Port] {
        (seen.machine?.ports ?? []).filter { !$0.upstreams.isEmpty }
    }

    private static func buffering(_ seen: Sighting) -> [Finding] {
        proxied(seen).map { port in
            if port.buffering == "off" {
                return Finding("sse.static", .ok, "port \(port.number)", seen: "off")
            }
            return Finding(
                "sse.static", .error, "port \(port.number)",
                seen: port.buffering.map { "proxy_buffering \($0)" }
                    ?? "proxy_buffering is not set, which means on",
                means:
                    "a client of HTTP/1.1 (Broca, the SDKs, curl; ADE too where the port has no http2) shows nothing while the agent writes, and then the whole reply at once",
                remedy: "proxy_buffering off; then: \(reload)")
        }
    }

    private static func timeout(_ seen: Sighting) -> [Finding] {
        proxied(seen).map { port in
            let text = port.readTimeout ?? "60s"
            if let seconds = seconds(text), seconds >= 600 {
                return Finding("timeout.static", .ok, "port \(port.number)", seen: text)
            }
            return Finding(
                "timeout.static", .warning, "port \(port.number)", seen: "proxy_read_timeout \(text)",
                means:
                    "an import or a long step ends in 504, which the browser shows as a CORS error, while the server goes on",
                remedy: "proxy_read_timeout 3600s; then: \(reload)")
        }
    }

    /// `60`, `60s`, `5m`, `1h`; nil for others.
    static func seconds(_ text: String) -> Int? {
        let digits = text.prefix { $0.isNumber }
        let units = ["": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let number = Int(digits), let unit = units[String(text.dropFirst(digits.count))] else {
            return nil
        }
        return number * unit
    }

    private static func fresh(_ seen: Sighting) -> [Finding] {
        (seen.machine?.ports ?? []).compactMap { port in
            let sight = seen.ports.first { $0.number == port.number }
            guard let onDisk = port.certificate, let path = port.certificatePath,
                let served = sight?.tls?.certificate.flatMap({ MachineSight.firstCertificate($0.pem) })
            else { return nil }
            if served == onDisk { return Finding("tls.fresh", .ok, "port \(port.number)", seen: path) }
            return Finding(
                "tls.fresh", .error, "port \(port.number)",
                seen: "another certificate than \(path) is served",
                means:
                    "a renewal did not reach nginx; when the old one ends, the browser says ERR_CERT_DATE_INVALID",
                remedy: "\(reload); and see why the deploy hook did not: sudo certbot renew --dry-run")
        }
    }

    // MARK: room

    private static func disk(_ seen: Sighting) -> [Finding] {
        (seen.machine?.rooms ?? []).flatMap {
            room(seen, "disk.free", $0.path, $0.free, needs: max(2 << 30, 4 * seen.errand.importSize))
        }
    }

    private static func memory(_ seen: Sighting) -> [Finding] {
        room(seen, "mem.free", "", seen.machine?.freeMemory, needs: (1 << 30) + 3 * seen.errand.importSize)
    }

    private static func room(_ seen: Sighting, _ id: String, _ subject: String, _ free: Int?, needs: Int)
        -> [Finding]
    {
        guard let free else { return [] }
        let words = "\(free >> 20) MiB free"
        guard free < needs else { return [Finding(id, .ok, subject, seen: words)] }
        return [
            Finding(
                id, .warning, subject,
                seen:
                    "\(words); an import of \(EdgeJudges.size(seen.errand.importSize)) wants \(needs >> 20)",
                means: "an import may end in the middle, with a 500 that ADE cannot explain",
                remedy: id == "disk.free"
                    ? "sudo du -xh --max-depth=2 \(subject) | sort -h | tail" : "ps aux --sort=-rss | head")
        ]
    }

    private static func timer(_ seen: Sighting) -> [Finding] {
        guard let word = seen.machine?.timer else { return [] }
        if word == "enabled" { return [Finding("cert.timer", .ok, "certbot.timer", seen: word)] }
        return [
            Finding(
                "cert.timer", .warning, "certbot.timer", seen: word,
                means:
                    "unless something else renews it, the browser says ERR_CERT_DATE_INVALID in three months",
                remedy: "sudo systemctl enable --now certbot.timer")
        ]
    }
}
