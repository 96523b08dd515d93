/// The outermost layer of the real server: CORS as Starlette answers it, with
/// credentials, every method and whatever fields are asked for.
struct CrossOrigin: Sendable {
    /// nil: the server knows no CORS.
    let origins: [String]?

    func answering(_ head: RequestHead, _ inner: () -> Answer) -> Answer {
        guard let origins, let origin = head.headers["origin"] else { return inner() }
        let isKnown = origins.contains(origin)
        if head.method == "OPTIONS", head.headers["access-control-request-method"] != nil {
            return preflight(head, origin, isKnown)
        }
        var answer = inner()
        if isKnown { answer.headers += Self.allowing(origin) }
        return answer
    }

    private func preflight(_ head: RequestHead, _ origin: String, _ isKnown: Bool) -> Answer {
        var headers = [
            ("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
            ("access-control-max-age", "600"),
        ]
        if let fields = head.headers["access-control-request-headers"] {
            headers.append(("access-control-allow-headers", fields))
        }
        if isKnown { headers += Self.allowing(origin) }
        let text = isKnown ? "OK" : "Disallowed CORS origin"
        return Answer(
            isKnown ? 200 : 400, headers: headers, contentType: "text/plain; charset=utf-8",
            .bytes(Array(text.utf8)))
    }

    private static func allowing(_ origin: String) -> [(String, String)] {
        [
            ("access-control-allow-origin", origin), ("access-control-allow-credentials", "true"),
            ("vary", "Origin"),
        ]
    }
}
