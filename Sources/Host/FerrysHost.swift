/// What of a host `ferry host apply` wrote: there the config is what is to be
/// changed, since a change by hand is a conflict of the next plan.
public enum FerrysPart: Sendable, Hashable {
    /// nginx's site of the host's name.
    case edge
    /// Letta's unit, and its environment.
    case letta

    /// What can be wrong where its files are as ferry wrote them.
    var rival: String {
        switch self {
        case .edge: "another file of nginx's may overrule ferry's: nginx -T; then plan anew"
        case .letta:
            "ferry's own Letta does not answer like that: see who else has its port, ss -ltnp; then plan anew"
        }
    }

    /// Stands in the line that every file of ferry's has.
    public static let mark = "Managed by ferry;"

    /// - Parameter dump: what `nginx -T` prints.
    static func found(dump: String?, host: String, _ ground: any Ground) -> Set<FerrysPart> {
        var parts: Set<FerrysPart> = []
        let files = (dump ?? "").split(separator: "# configuration file ")
        if files.contains(where: { $0.contains(mark) && $0.contains("server_name \(host);") }) {
            parts.insert(.edge)
        }
        let own = ["/etc/systemd/system/letta.service", "/etc/letta/letta.env"]
        if own.contains(where: { ground.text(of: $0)?.contains(mark) == true }) { parts.insert(.letta) }
        return parts
    }
}

extension Finding {
    /// What is to be changed: a field of the config, or nothing but to have
    /// ferry's own file back. Nil where the remedy touches no file of ferry's.
    private var cause: (part: FerrysPart, field: String?)? {
        let edits = ["hsts.sent": "hsts", "body.limit": "body-limit"]
        if let field = edits[id] { return (.edge, field) }
        if remedy.contains("ACCEPTABLE_ORIGINS") { return (.letta, "origins") }
        if id == "redis.reach", remedy.contains("letta.env") { return (.letta, "redis") }
        if remedy.contains("--host 127.0.0.1") || remedy.contains("--secure") { return (.letta, nil) }
        let words = [
            "proxy_", "ssl_protocols", "ssl_certificate", "server_name", "error_page", "add_header",
            "listen ",
            "return 308", "location ", "OPTIONS on",
        ]
        return words.contains(where: remedy.contains) ? (.edge, nil) : nil
    }

    /// The same, with a remedy that fits a host of ferry's.
    func onHost(with parts: Set<FerrysPart>, isFresh: Bool) -> Finding {
        guard severity != .ok, let cause, parts.contains(cause.part) else { return self }
        var finding = self
        finding.remedy =
            cause.field.map { "set \"\($0)\" in host.json, then: sudo ferry host apply" }
            ?? (isFresh ? cause.part.rival : nil)
            ?? "ferry wrote that file: see what differs with sudo ferry host plan, and have it put right with sudo ferry host apply"
        return finding
    }
}
