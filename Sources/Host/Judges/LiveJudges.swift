/// A reply as it comes: piece by piece, or in one lump?
enum LiveJudges {
    static let probes = [
        Probe(
            id: "stream.live", asks: "does a streamed reply come as it is made?", worst: .error, judge: stream
        )
    ]

    private static func stream(_ seen: Sighting) -> [Finding] {
        guard let live = seen.live else { return [] }
        return [judge(live)] + (live.leftover.map { [leftover($0, live, seen)] } ?? [])
    }

    private static func judge(_ live: LiveSight) -> Finding {
        switch live.outcome {
        case .notTried(let reason):
            Finding(
                "stream.live", .note, live.subject, seen: "not tried: \(reason)",
                means: "whether replies are streamed was not looked at",
                remedy: "give a token, and a model that works: --token-env VARIABLE --live --model HANDLE")
        case .failed(let reason):
            Finding(
                "stream.live", .error, live.subject, seen: reason, means: "ADE shows no reply",
                remedy: "try another model with --model HANDLE, and read: sudo journalctl -u letta -n 50")
        case .streamed(_, let last, _, false):
            Finding(
                "stream.live", .error, live.subject,
                seen: "the stream breaks off after \(Checkup.hundredths(last)) s, without its [DONE]",
                means: "ADE shows half a reply and “network error”",
                remedy: "proxy_read_timeout 3600s; then: sudo nginx -t && sudo systemctl reload nginx")
        case .streamed(let first, let last, let events, true): judge(live.subject, first, last, events)
        }
    }

    private static func judge(_ subject: String, _ first: Double, _ last: Double, _ events: Int) -> Finding {
        let times =
            "\(events) events, the first after \(Checkup.hundredths(first)) s, the last after \(Checkup.hundredths(last)) s"
        if events > 1, last - first > 0.2, last - first > last / 10 {
            return Finding("stream.live", .ok, subject, seen: times)
        }
        guard last >= 1 else {
            return Finding(
                "stream.live", .note, subject, seen: "\(times): too quick to tell",
                means: "a lump and a stream look alike in so short a time",
                remedy: "try a slower model: --model HANDLE")
        }
        return Finding(
            "stream.live", .error, subject, seen: "\(times): all in one lump",
            means:
                "a client of HTTP/1.1 (Broca, the SDKs, curl; ADE too where the port has no http2) shows nothing for \(Checkup.hundredths(last)) s and then the whole reply at once",
            remedy: "proxy_buffering off; then: sudo nginx -t && sudo systemctl reload nginx")
    }

    private static func leftover(_ id: String, _ live: LiveSight, _ seen: Sighting) -> Finding {
        Finding(
            "stream.live", .error, live.subject, seen: "the throwaway agent \(id) could not be deleted",
            means: "a hidden agent stays on the server",
            remedy:
                live.run.map { "ferry undo \($0)" }
                ?? "delete it: curl -X DELETE -H \"Authorization: Bearer $TOKEN\" \(seen.errand.origin)/v1/agents/\(id)"
        )
    }
}
