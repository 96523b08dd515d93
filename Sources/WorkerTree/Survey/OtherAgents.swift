/// A line that sets the agent of a worker to another one than it speaks to:
/// whatever reads it, and whenever, would send its messages there.
public struct OtherAgent: Sendable, Equatable, Hashable {
    public var path: String
    /// nil where a file has no lines that a person would count.
    public var line: Int?
    /// `AGENT_ID` or `LETTA_AGENT_ID`.
    public var key: String
    public var agent: String
    /// Code folders of the workers that it may be meant for.
    public var codeFolders: [String]
    /// The agents that they speak to.
    public var expected: [String]
    /// The file that sets it, where the line only names that file.
    public var source: String?

    /// `sets AGENT_ID to agent-…, and agent-… is spoken to`.
    public var words: String {
        let those = expected.isEmpty ? "no agent" : expected.joined(separator: " and ")
        return "\(deed), and what belongs to it speaks to \(those)"
    }

    /// `sets AGENT_ID to agent-…`, or `names FILE, which sets AGENT_ID to agent-…`.
    public var deed: String {
        (source.map { "names \($0), which " } ?? "") + "sets \(key) to \(agent)"
    }

    public var place: String { path + (line.map { " line \($0)" } ?? "") }
}

/// Where a text sets an agent, in whatever language: the key, some signs, an
/// agent's id. Comments are left out.
enum AgentAssignments {
    struct Found: Equatable {
        var line: Int
        var key: String
        var agent: String
        /// The whole line.
        var text: String
    }

    private static let key = Array("AGENT_ID".utf8)
    private static let prefix = Array("LETTA_".utf8)
    /// Between a key and its value: quotes, `=`, `:`, brackets, spaces.
    private static let gap = 12

    static func all(in text: [UInt8]) -> [Found] {
        var found: [Found] = []
        var (line, counted) = (1, 0)
        for place in NeedleSearch.starts(of: key, in: text) {
            line += text[counted..<place].count { $0 == 0x0A }
            counted = place
            let hasPrefix =
                place >= prefix.count && text[(place - prefix.count)..<place].elementsEqual(prefix)
            let start = hasPrefix ? place - prefix.count : place
            guard start == 0 || !isName(text[start - 1]),
                let agent = agent(after: place + key.count, in: text)
            else { continue }
            let begin = text[..<start].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            let end = text[start...].firstIndex(of: 0x0A) ?? text.count
            guard !isComment(String(decoding: text[begin..<start], as: UTF8.self)) else { continue }
            found.append(
                Found(
                    line: line, key: hasPrefix ? "LETTA_AGENT_ID" : "AGENT_ID", agent: agent,
                    text: String(decoding: text[begin..<end], as: UTF8.self)))
        }
        return found
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }

    private static func agent(after start: Int, in text: [UInt8]) -> String? {
        var place = start
        while place < text.count, place - start <= gap, !isName(text[place]), text[place] != 0x0A {
            place += 1
        }
        let signs = String(decoding: text[start..<place], as: UTF8.self)
        guard place > start, !signs.contains("=="), !signs.contains("!=") else { return nil }
        return AgentText.id(in: text, at: place).flatMap { $0.hasPrefix("agent-") ? $0 : nil }
    }

    /// - Parameter before: of the line, up to the key.
    static func isComment(_ before: String) -> Bool {
        let words = before.drop(while: \.isWhitespace)
        if ["#", ";", "//", "/*", "<!--"].contains(where: { words.hasPrefix($0) }) { return true }
        // `--env …` is an option, and `* * * * *` begins a line of a crontab.
        if words == "*" || words == "--" || words.hasPrefix("-- ") { return true }
        if words.hasPrefix("* "), words.dropFirst(2).first.map({ "*0123456789".contains($0) }) != true {
            return true
        }
        var quote: Character?
        var last: Character = " "
        for character in before {
            if let open = quote {
                if character == open { quote = nil }
            } else if "'\"".contains(character) {
                quote = character
            } else if character == "#", last.isWhitespace {
                return true
            }
            last = character
        }
        return false
    }
}

/// Looks through a tree and what starts its workers for such lines.
struct OtherAgentFinder {
    let root: String
    let workers: [Worker]
    let host: HostView

    /// What nobody runs or reads: what was written down, put aside or is for people.
    private static let left: Set<FileClass> = [.cache, .log, .state, .junk, .backup, .volatile, .special]
    private static let texts = [".md", ".rst", ".html", ".example", ".sample", ".template", ".dist"]

    func all(_ files: [TreeFile]) -> [OtherAgent] {
        let inside = files.filter { file in
            file.shape == .file && !Self.left.contains(file.class) && file.bytes <= MentionFinder.limit
                && !Self.texts.contains { file.path.hasSuffix($0) }
        }.map(\.path)
        let found =
            (inside + outside).flatMap { lines($0) } + crontabs.flatMap { lines($0, isShared: true) }
            + around.flatMap { lines($0.path, of: $0.workers) }
            + named(files, inside)
        var seen: Set<String> = []
        return (found + overruled(found)).filter {
            seen.insert("\($0.path) \($0.line ?? 0) \($0.key) \($0.agent) \($0.source ?? "")").inserted
        }
    }

    /// Lines that name a file of secrets which sets another agent: in a way
    /// that no shell was read to take, or for a program that is none.
    private func named(_ files: [TreeFile], _ inside: [String]) -> [OtherAgent] {
        let secrets = files.filter { $0.class == .secret && $0.shape == .file }.map(\.path)
        let setting = secrets.flatMap { path in found(in: path).map { (path, $0) } }
        let naming = (inside + unique(starters([.unit, .script, .cron]).map(\.path))).filter(
            SettingFiles.isNaming)
        return naming.flatMap { path -> [OtherAgent] in
            guard let text = text(path) else { return [] }
            let folders = [Paths.parent(path)] + meant(path, "").flatMap { [$0.codeFolder, $0.workFolder] }
            return SettingFiles.all(in: text, from: folders, Set(secrets)).flatMap { named in
                setting.filter { $0.0 == named.path && $0.0 != path }.compactMap { source, found in
                    let meant = meant(path, found.key).filter { $0.kind.agentKey == found.key }
                    var other = other(path, found, meant)
                    other?.line = named.line
                    other?.source = source
                    return other
                }
            }
        }
    }

    private func text(_ path: String) -> [UInt8]? {
        guard var bytes = try? SystemFile.bytes(of: path, limit: MentionFinder.limit) else { return nil }
        if let narrow = WideText.narrow(bytes) { bytes = narrow }
        return bytes.contains(0) ? nil : bytes
    }

    private func found(in path: String) -> [AgentAssignments.Found] {
        text(path).map { AgentAssignments.all(in: $0) } ?? []
    }

    private func starters(_ kinds: [Starter.Kind]) -> [Starter] {
        workers.flatMap(\.starters).filter { kinds.contains($0.kind) }
    }

    private func unique(_ paths: [String]) -> [String] {
        Set(paths.filter { !Paths.isInside($0, root) }).sorted()
    }

    private var outside: [String] {
        unique(
            starters([.unit, .script]).flatMap { [$0.path] + $0.environmentFiles }
                + starters([.cron, .pm2]).flatMap(\.environmentFiles))
    }

    /// The host's, with other programs' lines in them.
    private var crontabs: [String] {
        unique(starters([.cron]).map(\.path) + host.cronFiles.filter { !naming(by: [$0]).isEmpty })
    }

    /// Units that name a worker's folder, whatever they start there, with
    /// their drop-ins.
    private var around: [(path: String, workers: [Worker])] {
        let known = Set(starters([.unit]).map(\.path))
        let units = host.unitFolders.flatMap { listed($0, ".service") }
        return unique(units).filter { !known.contains($0) }.flatMap { unit -> [(String, [Worker])] in
            let dropIns = host.unitFolders.flatMap { listed("\($0)/\(Paths.name(unit)).d", ".conf") }
            let meant = naming(by: [unit] + dropIns)
            return meant.isEmpty ? [] : ([unit] + dropIns).map { ($0, meant) }
        }
    }

    private func listed(_ folder: String, _ ending: String) -> [String] {
        ((try? SystemFile.names(in: folder)) ?? []).filter { $0.hasSuffix(ending) }.map {
            Paths.join(folder, $0)
        }
    }

    /// Workers whose code is named by one of the files, else those whose agent's
    /// folder is.
    private func naming(by paths: [String]) -> [Worker] {
        let texts = paths.compactMap { try? SystemFile.bytes(of: $0, limit: StarterFinder.limit) }
        func named(_ folder: String) -> Bool {
            texts.contains { NeedleSearch.contains($0, Needle(.home(folder), folder)) }
        }
        let all = workers.filter { $0.kind != .otto }
        let own = all.filter { named($0.codeFolder) }
        return own.isEmpty ? all.filter { named($0.agentFolder ?? $0.folder) } : own
    }

    /// - Parameters
    ///   - isShared: with lines of other programs. of: whom it is for, where that is known.
    private func lines(_ path: String, isShared: Bool = false, of known: [Worker]? = nil) -> [OtherAgent] {
        found(in: path).compactMap { found in
            guard !isShared || isOurs(found) else { return nil }
            let looking = known?.filter { $0.kind.agentKey == found.key } ?? []
            let meant = looking.isEmpty ? known ?? meant(path, found.key) : looking
            return other(path, found, meant)
        }
    }

    private func isOurs(_ found: AgentAssignments.Found) -> Bool {
        let line = Array(found.text.utf8)
        return found.text.drop(while: \.isWhitespace).hasPrefix(found.key)
            || workers.contains { worker in
                [worker.folder, worker.codeFolder].contains {
                    NeedleSearch.contains(line, Needle(.home($0), $0))
                }
            }
    }

    /// What only comes about where it is read, or stands in pm2's dump.
    private func overruled(_ found: [OtherAgent]) -> [OtherAgent] {
        workers.flatMap { worker -> [OtherAgent] in
            let unread = worker.envFiles.filter { !$0.isRead }.map(\.path)
            return (worker.setting(worker.kind.agentKey)?.shadowed ?? []).compactMap { shadow in
                guard !shadow.isEqual, let path = shadow.origin.path, !unread.contains(path),
                    AgentText.id(in: Array(shadow.value.text.utf8), at: 0) == shadow.value.text
                else { return nil }
                return OtherAgent(
                    path: path, line: shadow.origin.line, key: worker.kind.agentKey, agent: shadow.value.text,
                    codeFolders: [worker.codeFolder], expected: worker.agentID.map { [$0] } ?? [])
            }
        }
    }

    private func other(_ path: String, _ found: AgentAssignments.Found, _ meant: [Worker]) -> OtherAgent? {
        let expected = meant.compactMap(\.agentID).filter { !$0.isEmpty }
        guard !meant.isEmpty, !expected.contains(found.agent) else { return nil }
        return OtherAgent(
            path: path, line: found.line, key: found.key, agent: found.agent,
            codeFolders: meant.map(\.codeFolder),
            expected: Set(expected).sorted())
    }

    /// The workers that a file is for: of those whose it is, the ones that look
    /// at the key; all of the tree where it is nobody's.
    private func meant(_ path: String, _ key: String) -> [Worker] {
        let all = workers.filter { $0.kind != .otto }
        let reading = all.filter { worker in
            worker.envFiles.contains { $0.isRead && $0.path == path }
                || worker.starters.contains { $0.path == path || $0.environmentFiles.contains(path) }
        }
        let own = all.filter { Paths.isInside(path, $0.folder) }
        let beside = all.filter { worker in
            ([worker.agentFolder].compactMap { $0 } + worker.agentFolders).contains {
                Paths.isInside(path, $0)
            }
        }
        let groups = [reading + own, beside, all]
        for group in groups {
            let looking = group.filter { $0.kind.agentKey == key }
            if !looking.isEmpty { return looking }
        }
        return groups.first { !$0.isEmpty } ?? []
    }
}
