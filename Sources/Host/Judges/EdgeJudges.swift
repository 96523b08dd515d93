import HTTP

/// What the edge decides by itself: its errors, its limits, its clock.
enum EdgeJudges {
    static let probes = [
        Probe(
            id: "cors.errors", asks: "can a page read the errors that the edge makes itself?",
            worst: .warning,
            judge: errors),
        Probe(
            id: "body.limit", asks: "would a file of an import's size be taken? (nothing is sent)",
            worst: .error,
            judge: limit),
        Probe(
            id: "clock.skew", asks: "does the host's clock agree with this one?", worst: .warning,
            judge: clock),
    ]

    private static func errors(_ seen: Sighting) -> [Finding] {
        let page = seen.errand.pages.first ?? Errand.usualPage
        return seen.lettas.compactMap { port, api in
            guard let answer = api.edgeError.answer, answer.status == 413 else {
                return Finding(
                    "cors.errors", .ok, port.subject, seen: "no error of the edge could be provoked")
            }
            guard let problem = Crossing.problem(of: answer, from: page) else {
                return Finding(
                    "cors.errors", .ok, port.subject, seen: "a 413 of the edge can be read by \(page)")
            }
            if case .duplicated = problem, api.actual.contains(where: { isDuplicated($0) }) { return nil }
            return Finding(
                "cors.errors", .warning, port.subject, seen: "413 made by the edge: \(problem.sentence)",
                means:
                    "413, 502 and 504 look like a CORS error in the browser (\(problem.consoleText(methods: []))), which hides what really happened",
                remedy:
                    "add_header Access-Control-Allow-Origin $cors_self always; where a map sets $cors_self only if Letta sent none (docs/host-doctor.md)"
            )
        }
    }

    private static func isDuplicated(_ call: APISight.Preflight) -> Bool {
        guard let answer = call.heard.answer else { return false }
        if case .duplicated? = Crossing.problem(of: answer, from: call.page) { return true }
        return false
    }

    private static func limit(_ seen: Sighting) -> [Finding] {
        seen.lettas.map { port, api in
            switch api.body {
            case .enough:
                return Finding(
                    "body.limit", .ok, port.subject, seen: "\(size(seen.errand.importSize)) would be taken")
            case .unclear(let words):
                return Finding(
                    "body.limit", .note, port.subject, seen: "neither taken nor refused: \(words)",
                    means: "whether a large agent file can be imported could not be told",
                    remedy: "sudo nginx -T | grep -n client_max_body_size")
            case .refused(let fits, let above):
                let exact = above == fits + 1
                return Finding(
                    "body.limit", .error, port.subject,
                    seen: exact
                        ? "bodies above \(size(fits)) (\(fits) bytes) are refused with 413"
                        : "a body of \(size(fits)) is taken, one of \(size(above)) is refused with 413",
                    means:
                        "importing a larger agent fails; the browser reports it as No 'Access-Control-Allow-Origin' header",
                    remedy: "client_max_body_size 512m; then: sudo nginx -t && sudo systemctl reload nginx")
            }
        }
    }

    static func size(_ bytes: Int) -> String {
        bytes % (1 << 20) == 0 ? "\(bytes >> 20) MiB" : "\(bytes) bytes"
    }

    private static func clock(_ seen: Sighting) -> [Finding] {
        seen.lettas.prefix(1).compactMap { _, api in
            guard let date = api.health.answer?.value("date"), let theirs = HTTPDate.seconds(date) else {
                return nil
            }
            let skew = theirs - seen.now
            guard abs(skew) > 30 else {
                return Finding("clock.skew", .ok, "", seen: "\(abs(skew)) s apart")
            }
            return Finding(
                "clock.skew", .warning, "",
                seen: "the host's clock is \(abs(skew)) s \(skew > 0 ? "ahead of" : "behind") this machine's",
                means:
                    "a new certificate may count as not yet valid (ERR_CERT_DATE_INVALID), and message times are off",
                remedy: "timedatectl set-ntp true, on whichever of the two is wrong")
        }
    }
}
