/// What is true of the old host only, gathered from the workers' settings.
enum Needles {
    static func of(_ workers: [Worker], root: String, home: String?) -> [Needle] {
        var needles: [Needle] = []
        for worker in workers {
            if let id = worker.agentID, !id.isEmpty { needles.append(Needle(.agentID(id), id)) }
            if let url = worker.serverURL, !url.isEmpty { needles += ofURL(url) }
            for setting in worker.settings where [.secret, .serverToken].contains(setting.role) {
                guard setting.value?.isEmpty == false else { continue }
                needles.append(Needle(.secretName(setting.key), setting.key))
            }
        }
        // The tree lies in its home folder, where that is known.
        let home = home ?? root
        if home != "/" { needles.append(Needle(.home(home), home)) }
        var seen: Set<Mention.Subject> = []
        return needles.filter { seen.insert($0.subject).inserted }
    }

    private static func ofURL(_ url: String) -> [Needle] {
        var bare = url
        while bare.hasSuffix("/") { bare.removeLast() }
        guard let host = host(of: bare) else { return [Needle(.url(bare), bare)] }
        return [Needle(.url(bare), bare), Needle(.host(host), host)]
    }

    /// With the port where the name alone would be found everywhere.
    static func host(of url: String) -> String? {
        let parts = url.split(separator: "://", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let authority = parts[1].prefix { !"/?#".contains($0) }
        let address = authority.split(separator: "@").last.map(String.init) ?? ""
        let isLoopback = ["127.", "localhost", "[::1]", "0.0.0.0"].contains { address.hasPrefix($0) }
        let name = address.hasPrefix("[") ? address : String(address.prefix { $0 != ":" })
        let shown = isLoopback ? address : name
        return shown.isEmpty ? nil : shown
    }
}
