import HTTP

/// CORS: may a page of ADE call the API, and nobody else?
enum CORSJudges {
    static let probes = [
        Probe(
            id: "cors.preflight", asks: "does the preflight let each origin of ADE in?", worst: .error,
            judge: preflight("cors.preflight") { problem in
                switch problem {
                case .refused, .missing, .unequal: true
                default: false
                }
            }),
        Probe(
            id: "cors.redirect", asks: "is the preflight answered where it is asked?", worst: .error,
            judge: preflight("cors.redirect") { $0 == .redirected }),
        Probe(
            id: "cors.duplicate", asks: "is Access-Control-Allow-Origin there once only?", worst: .error,
            judge: duplicate),
        Probe(
            id: "cors.method", asks: "are PATCH, PUT and DELETE allowed?", worst: .error,
            judge: preflight("cors.method") { $0 == .methodMissing }),
        Probe(
            id: "cors.headers", asks: "are the fields Authorization and Content-Type allowed?", worst: .error,
            judge: preflight("cors.headers") { problem in
                if case .fieldMissing = problem { true } else { false }
            }),
        Probe(
            id: "cors.wildcard", asks: "is there no star together with credentials?", worst: .warning,
            judge: wildcard),
        Probe(
            id: "cors.actual", asks: "may the page read the answer itself?", worst: .error, judge: actual),
        Probe(id: "cors.evil", asks: "is an unknown origin kept out?", worst: .warning, judge: evil),
    ]

    private static let passOn =
        "leave CORS to Letta: take every add_header Access-Control-… out of nginx, then: sudo nginx -t && sudo systemctl reload nginx"

    private static func remedy(_ problem: Crossing, _ page: String) -> String {
        switch problem {
        case .refused, .missing, .unequal:
            "ACCEPTABLE_ORIGINS=\(page) in letta.env (commas, no spaces, no slash), then: sudo systemctl restart letta; nginx must pass OPTIONS on"
        case .redirected: "give ADE the address that answers itself, and redirect no OPTIONS"
        case .duplicated, .methodMissing, .fieldMissing: passOn
        }
    }

    // MARK: preflights

    /// One finding a port and origin: the methods that meet the same problem
    /// stand in it together.
    private static func preflight(
        _ id: String, _ isOwn: @escaping @Sendable (Crossing) -> Bool
    ) -> @Sendable (Sighting) -> [Finding] {
        { seen in
            seen.lettas.flatMap { port, api in
                seen.errand.pages.flatMap { page -> [Finding] in
                    let own = problems(api, page).filter { isOwn($0.problem) }
                    guard !own.isEmpty else { return passed(id, port, page, api) }
                    return grouped(own).map { finding(id, port, page, $0.problem, $0.methods) }
                }
            }
        }
    }

    private static func problems(_ api: APISight, _ page: String) -> [(problem: Crossing, method: String)] {
        api.preflights.filter { $0.page == page }.compactMap { preflight in
            guard let answer = preflight.heard.answer else { return nil }
            return Crossing.problem(ofPreflight: answer, from: page, method: preflight.method).map {
                ($0, preflight.method)
            }
        }
    }

    private static func grouped(
        _ problems: [(problem: Crossing, method: String)]
    ) -> [(problem: Crossing, methods: [String])] {
        problems.reduce(into: []) { groups, next in
            if let place = groups.firstIndex(where: { $0.problem == next.problem }) {
                groups[place].methods.append(next.method)
            } else {
                groups.append((next.problem, [next.method]))
            }
        }
    }

    private static func finding(
        _ id: String, _ port: PortSight, _ page: String, _ problem: Crossing, _ methods: [String]
    ) -> Finding {
        Finding(
            id, .error, "\(page) at \(port.subject)",
            seen: "\(problem.sentence) (\(methods.joined(separator: ", ")))",
            means: "the browser says: \(problem.consoleText(methods: methods))", remedy: remedy(problem, page)
        )
    }

    /// One line of good news for the first of the preflight probes; the
    /// others would only repeat it.
    private static func passed(_ id: String, _ port: PortSight, _ page: String, _ api: APISight) -> [Finding]
    {
        let failed = api.preflights.first { $0.page == page && $0.heard.answer == nil }
        if id == "cors.preflight", let failed {
            return [
                Finding(
                    id, .error, "\(page) at \(port.subject)",
                    seen: "OPTIONS for \(failed.method): \(APIJudges.words(failed.heard))",
                    means:
                        "the browser says: Response to preflight request doesn't pass access control check",
                    remedy: "see what nginx does with OPTIONS: sudo tail -n 50 /var/log/nginx/error.log")
            ]
        }
        return [Finding(id, .ok, "\(page) at \(port.subject)", seen: "as it should be")]
    }

    // MARK: duplicates, stars

    private static func duplicate(_ seen: Sighting) -> [Finding] {
        seen.lettas.flatMap { port, api in
            seen.errand.pages.map { page in
                let answers = (api.preflights + api.actual).filter { $0.page == page }.compactMap(
                    \.heard.answer)
                let found = answers.lazy.compactMap { answer -> Crossing? in
                    if case .duplicated? = Crossing.problem(of: answer, from: page) {
                        return Crossing.problem(of: answer, from: page)
                    }
                    return nil
                }.first
                guard let found else {
                    return Finding("cors.duplicate", .ok, "\(page) at \(port.subject)", seen: "once")
                }
                return Finding(
                    "cors.duplicate", .error, "\(page) at \(port.subject)",
                    seen: "\(found.sentence): Letta sets it, and nginx adds another",
                    means: "the browser says: \(found.consoleText(methods: []))", remedy: passOn)
            }
        }
    }

    private static func wildcard(_ seen: Sighting) -> [Finding] {
        seen.lettas.compactMap { port, api in
            let answers = (api.preflights + api.actual).compactMap(\.heard.answer)
            let isBoth = answers.contains {
                $0.values("access-control-allow-origin") == ["*"]
                    && $0.value("access-control-allow-credentials")?.lowercased() == "true"
            }
            guard isBoth else { return Finding("cors.wildcard", .ok, port.subject, seen: "no star") }
            return Finding(
                "cors.wildcard", .warning, port.subject,
                seen: "Access-Control-Allow-Origin is * together with Access-Control-Allow-Credentials: true",
                means:
                    "a call with credentials fails: The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'",
                remedy: passOn)
        }
    }

    // MARK: the answer, and strangers

    private static func actual(_ seen: Sighting) -> [Finding] {
        seen.lettas.flatMap { port, api in
            api.actual.compactMap { call -> Finding? in
                let subject = "\(call.page) at \(port.subject)"
                guard let answer = call.heard.answer else { return nil }
                switch Crossing.problem(of: answer, from: call.page) {
                case nil: return Finding("cors.actual", .ok, subject, seen: "readable")
                case .duplicated: return nil
                // Told already, with the same remedy.
                case .some where problems(api, call.page).contains(where: { $0.problem != .methodMissing }):
                    return nil
                case let problem?:
                    return Finding(
                        "cors.actual", .error, subject, seen: "GET /v1/agents/: \(problem.sentence)",
                        means: "the browser says: \(problem.consoleText(methods: []))",
                        remedy: remedy(problem, call.page))
                }
            }
        }
    }

    private static func evil(_ seen: Sighting) -> [Finding] {
        seen.lettas.compactMap { port, api in
            guard let answer = api.stranger.answer else { return nil }
            let allowed = answer.values("access-control-allow-origin")
            guard allowed.contains("*") || allowed.contains(Survey.strangerPage) else {
                return Finding("cors.evil", .ok, port.subject, seen: "an unknown origin is not let in")
            }
            return Finding(
                "cors.evil", .warning, port.subject,
                seen:
                    "\(Survey.strangerPage) is answered Access-Control-Allow-Origin: \(allowed.joined(separator: ", "))",
                means: "any page that learns the token can use the API from any browser",
                remedy: "name the origins in ACCEPTABLE_ORIGINS, and \(passOn)")
        }
    }
}
