import LettaModel

/// A program that runs.
struct RunningProcess: Equatable {
    var pid: Int
    var words: [String]

    static func all(_ ground: any Ground) -> [RunningProcess] {
        ground.names(in: "/proc").compactMap { Int($0) }.compactMap { pid in
            guard let text = ground.text(of: "/proc/\(pid)/cmdline"), !text.isEmpty else { return nil }
            return RunningProcess(
                pid: pid,
                words: text.split(separator: "\0", omittingEmptySubsequences: false).map(String.init))
        }
    }

    /// Letta servers at those ports; where the ports are not known, the only one there is.
    static func lettas(among processes: [RunningProcess], at ports: [Int]) -> [RunningProcess] {
        let all = processes.filter(\.isLetta)
        let here = all.filter { $0.port.map(ports.contains) ?? false }
        return ports.isEmpty && all.count == 1 ? all : here
    }

    /// `letta server`, by whichever interpreter.
    var isLetta: Bool {
        guard let place = words.firstIndex(where: { $0 == "letta" || $0.hasSuffix("/letta") }) else {
            return false
        }
        return words.dropFirst(place + 1).first == "server"
    }

    /// Letta's own default where none is named.
    var port: Int? {
        guard isLetta else { return nil }
        guard let place = words.firstIndex(of: "--port") else { return 8283 }
        return words.dropFirst(place + 1).first.flatMap { Int($0) }
    }

    var name: String { words.first?.split(separator: "/").last.map(String.init) ?? "?" }
}

extension MachineSight {
    /// Values that are known on the host are looked for where others read.
    mutating func findLeaks(
        _ found: [FoundSettings], _ errand: Errand, _ processes: [RunningProcess], _ nginx: NginxSettings?,
        _ ground: any Ground
    ) {
        var secrets = found.flatMap(\.secrets)
        if let token = errand.token?.reveal(), token.utf8.count >= 8 { secrets.append(("the token", token)) }
        secrets = secrets.reduce(into: []) { kept, next in
            if !kept.contains(where: { $0.value == next.value }) { kept.append(next) }
        }
        knownSecrets = secrets.count
        guard !secrets.isEmpty else { return }
        let values = secrets.map { Array($0.value.utf8) }
        func leak(_ place: String, _ hits: Set<Int>) -> Leak {
            Leak(place, hits.sorted().map { secrets[$0].name })
        }
        unreadLogs += Self.logFolders(found).filter { ground.mode(of: $0) != nil && !ground.lists($0) }
        for path in Self.logPaths(found, nginx, ground) {
            guard let hits = ground.places(of: values, inFile: path) else {
                unreadLogs.append(path)
                continue
            }
            searchedLogs += 1
            if !hits.isEmpty { logLeaks.append(leak(path, hits)) }
        }
        for unit in ["letta", "smcp@*", "broca@*"] {
            let command = ["journalctl", "-u", unit, "-n", "20000", "--no-pager", "-o", "cat", "-q"]
            guard let hits = ground.places(of: values, inOutputOf: command) else {
                if ground.has("journalctl"), !Self.isWithoutUnits(command, ground) {
                    unreadLogs.append("the journal of \(unit)")
                }
                continue
            }
            searchedLogs += 1
            if !hits.isEmpty { logLeaks.append(leak("the journal of \(unit)", hits)) }
        }
        for process in processes {
            let words = Array(process.words.joined(separator: " ").utf8)
            var search = ValueSearch(values)
            search.look(at: words[...])
            if !search.found.isEmpty {
                wordLeaks.append(leak("process \(process.pid) (\(process.name))", search.found))
            }
        }
    }

    /// A pattern that no unit has ever matched ends like a failure. Source:
    /// journalctl of systemd 252.
    private static func isWithoutUnits(_ command: [String], _ ground: any Ground) -> Bool {
        ground.output(of: command, environment: ["LC_ALL": "C"])
            .map { $0.status == 1 && $0.text.contains("No data available") } ?? false
    }

    private static func logFolders(_ found: [FoundSettings]) -> [String] {
        ["/var/log/nginx", "/var/log/letta"]
            + found.compactMap { settings in
                (settings.values["LETTA_DIR"] ?? settings.values["HOME"].map { $0 + "/.letta" }).map {
                    $0 + "/logs"
                }
            }
    }

    private static func logPaths(
        _ found: [FoundSettings], _ nginx: NginxSettings?, _ ground: any Ground
    ) -> [String] {
        let named = ["access_log", "error_log"].flatMap { nginx?.everywhere($0) ?? [] }.compactMap(\.first)
        let lying = logFolders(found).flatMap { folder in
            ground.names(in: folder).filter { $0.contains(".log") && !$0.hasSuffix(".gz") }.map {
                "\(folder)/\($0)"
            }
        }
        return (ground.logs + named.filter { $0.hasPrefix("/") && !$0.hasPrefix("/dev/") } + lying)
            .reduce(into: []) { paths, path in
                if !paths.contains(path), ground.mode(of: path) != nil { paths.append(path) }
            }
    }
}
