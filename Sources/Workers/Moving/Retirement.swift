import Hashing
import Journal
import LettaModel
import LosslessJSON
import WorkerTree

/// The one thing that changes a source, and only where it is asked for: the
/// channels' tokens are commented out, and a marker says who took over. Each
/// file's old bytes are kept in the run's folder first.
struct Retirement: Sendable {
    let local: LocalTree
    let view: TreeView
    let book: StepBook
    let run: RunRecord
    let destination: String

    static let marker = "FERRY-RETIRED"
    /// What lets a program take part in a channel; two of them at once lose
    /// messages or the session itself.
    static let keys = [
        "TELEGRAM_BOT_TOKEN", "TELEGRAM_SESSION_STRING", "TELEGRAM_API_HASH", "WEB_CHAT_API_KEY",
        "TASKS_Q_BRIDGE_POLL_API_KEY",
    ]

    func retire() async throws {
        if let refusal = try Self.refusals(view).first { throw refusal }
        for (number, path) in settingFiles.enumerated() { try await silence(path, number) }
        try await mark()
    }

    private var settingFiles: [String] { Self.settingFiles(view) }

    /// Files of the tree that may set a key, the ones that are not read too:
    /// they would be, were another removed.
    private static func settingFiles(_ view: TreeView) -> [String] {
        let listed = view.inventory.workers.flatMap(\.envFiles).map(\.path)
        let secrets = view.files.filter { $0.class == .secret && $0.shape == .file }.map(\.path)
        return Set(listed + secrets + giving(view)).filter { view.relative($0) != nil }.sorted()
    }

    /// What gives a worker one of the keys, or would if the others were gone. A
    /// dotenv file that is not read gives nothing.
    private static func places(_ view: TreeView) -> [(worker: String, key: String, origin: SettingOrigin)] {
        view.inventory.workers.flatMap { worker in
            let unread = worker.envFiles.filter { !$0.isRead }.map(\.path)
            return worker.settings.filter { keys.contains($0.key) }.flatMap { setting in
                let winning = setting.value?.isEmpty == false ? [setting.origin] : []
                let others = setting.shadowed.filter { !$0.value.isEmpty }.map(\.origin)
                return (winning + others).filter { !unread.contains($0.path ?? "") }
                    .map { (worker.name, setting.key, $0) }
            }
        }
    }

    /// Files that a shell or systemd may take a key from in a way that nobody
    /// reads out of them: whatever gives one, every starter with the files that
    /// it reads, and what looks like a starter and was not understood as one.
    private static func giving(_ view: TreeView) -> [String] {
        let starters = view.inventory.workers.flatMap(\.starters)
        let read = starters.flatMap(\.environmentFiles).filter { path in
            view.files.contains { $0.path == path && $0.shape == .file }
        }
        let alike = view.files.filter { file in
            file.shape == .file && [".service", ".sh"].contains { file.path.hasSuffix($0) }
        }
        return places(view).compactMap(\.origin.path)
            + starters.filter { [.script, .unit].contains($0.kind) }.map(\.path) + read + alike.map(\.path)
    }

    /// Places that would keep a channel's token live, since ferry cannot take
    /// it out of them: files of the host, pm2's dump, lines that do more. Each
    /// file of the tree is read as it would be afterwards.
    static func refusals(_ view: TreeView) throws -> [Failure] {
        var seen: Set<String> = []
        var found: [Failure] = []
        for (worker, key, origin) in places(view) {
            guard let path = origin.path, view.relative(path) == nil || origin.kind == "pm2",
                seen.insert("\(key) \(path)").inserted
            else { continue }
            found.append(
                Refusals.live(key, worker: worker, in: view.relative(path) ?? path, line: origin.line))
        }
        let giving = Set(giving(view))
        for path in settingFiles(view) {
            let bytes = try PrivateTree.read(path)
            let silent = silenced(bytes, keys: keys) ?? bytes
            for key in keys where remains(key, in: silent, mayDoMore: giving.contains(path)) {
                guard seen.insert("\(key) \(path)").inserted else { continue }
                found.append(
                    Refusals.live(
                        key, worker: owner(of: path, view), in: view.relative(path) ?? path, line: nil))
            }
        }
        return try found + elsewhere(view)
    }

    /// Files that neither a shell nor dotenv nor systemd reads.
    private static func elsewhere(_ view: TreeView) throws -> [Failure] {
        let silenced = Set(settingFiles(view))
        return try view.files.filter { GivenTokens.mayGive($0) && !silenced.contains($0.path) }.flatMap {
            file in
            let bytes = try PrivateTree.read(file.path)
            return keys.compactMap { key in
                GivenTokens.line(of: key, in: bytes).map { line in
                    Refusals.live(
                        key, worker: owner(of: file.path, view), in: view.relative(file.path) ?? file.path,
                        line: line)
                }
            }
        }
    }

    private static func remains(_ key: String, in bytes: [UInt8], mayDoMore: Bool) -> Bool {
        EveryReader.assignments(bytes).contains { $0.key == key && !$0.text.isEmpty }
            || mayDoMore && isSet(key, in: bytes)
    }

    private static func owner(of path: String, _ view: TreeView) -> String {
        let workers = view.inventory.workers
        let reader = workers.first { worker in
            worker.envFiles.contains { $0.isRead && $0.path == path }
                || worker.starters.contains { $0.path == path || $0.environmentFiles.contains(path) }
        }
        let neighbour = workers.first { TreeStage.relative(path, to: $0.agentFolder ?? $0.folder) != nil }
        return (reader ?? neighbour)?.name ?? "a worker"
    }

    /// Whether a line that is no comment still gives the key a value, in any
    /// of the ways that a shell has.
    static func isSet(_ key: String, in bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            let words = line.drop(while: \.isWhitespace)
            guard words.first != "#" else { return false }
            return words.ranges(of: key).contains { place in
                let after = words[place.upperBound...].drop { " \t'\":+".contains($0) }
                guard after.first == "=", after.dropFirst().first != "=" else { return false }
                guard place.lowerBound > words.startIndex else { return true }
                let before = words[words.index(before: place.lowerBound)]
                return !before.isLetter && !before.isNumber && before != "_" && before != "$"
            }
        }
    }

    private func silence(_ path: String, _ number: Int) async throws {
        let bytes = try PrivateTree.read(path)
        guard let silent = Self.silenced(bytes, keys: Self.keys) else { return }
        let folder = "\(run.folder)/retired"
        try PrivateTree.makeFolder(folder)
        let backup = "\(folder)/\(ContentDigest.ofBytes(Array(path.utf8)).description.prefix(16))"
        if FileKind.at(backup) == nil { try PrivateTree.write(bytes, to: backup) }
        let place = view.relative(path) ?? path
        try await book.abandonOpen("source/retire", path: place)
        try await book.act(
            "source/retire",
            [
                "path": .string(place), "before": .string(ContentDigest.ofBytes(bytes).description),
                "after": .string(ContentDigest.ofBytes(silent).description),
            ], preImage: ["backup": .string(backup)]
        ) { try local.replace(path, place, with: silent) }
    }

    private func mark() async throws {
        let text = """
            These workers were moved by ferry and must not be started again.
            run: \(run.id)
            now at: \(destination)
            to bring them back: ferry undo \(run.id)

            """
        let path = "\(view.root)/\(Self.marker)"
        guard FileKind.at(path) == nil else { return }
        try await book.act(
            "source/mark-retired",
            [
                "path": .string(Self.marker),
                "after": .string(ContentDigest.ofBytes(Array(text.utf8)).description),
            ]
        ) { try local.create(path, Self.marker, with: Array(text.utf8)) }
    }

    /// Lines that set one of the keys, behind a `#`; nil where there is none.
    static func silenced(_ bytes: [UInt8], keys: [String]) -> [UInt8]? {
        guard !bytes.prefix(8192).contains(0) else { return nil }
        let mark = Array("# \(marker): ".utf8)
        var result: [UInt8] = []
        var isChanged = false
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if sets(line, keys) {
                isChanged = true
                result +=
                    hasByteOrderMark(line) ? Array(line.prefix(3)) + mark + line.dropFirst(3) : mark + line
            } else {
                result += line
            }
            result.append(0x0A)
        }
        result.removeLast()
        return isChanged ? result : nil
    }

    /// The same the other way: the mark taken off; nil where no line has it.
    static func voiced(_ bytes: [UInt8]) -> [UInt8]? {
        let mark = Array("# \(marker): ".utf8)
        var result: [UInt8] = []
        var isChanged = false
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let start = hasByteOrderMark(line) ? 3 : 0
            if line.dropFirst(start).starts(with: mark) {
                isChanged = true
                result += line.prefix(start) + line.dropFirst(start + mark.count)
            } else {
                result += line
            }
            result.append(0x0A)
        }
        result.removeLast()
        return isChanged ? result : nil
    }

    private static func hasByteOrderMark(_ line: ArraySlice<UInt8>) -> Bool {
        line.starts(with: [0xEF, 0xBB, 0xBF])
    }

    private static func sets(_ line: ArraySlice<UInt8>, _ keys: [String]) -> Bool {
        let text = String(decoding: hasByteOrderMark(line) ? line.dropFirst(3) : line, as: UTF8.self)
        var words = text.drop(while: \.isWhitespace)
        let rest = words.dropFirst("export".count)
        if words.hasPrefix("export"), rest.first?.isWhitespace == true { words = rest }
        words = words.drop(while: \.isWhitespace)
        if words.hasPrefix("Environment=") { words = words.dropFirst("Environment=".count) }
        // dotenv and shells both take a key with quotes.
        words = words.drop { $0.isWhitespace || "'\"".contains($0) }
        return keys.contains { key in
            words.hasPrefix(key)
                && words.dropFirst(key.count).drop { $0.isWhitespace || "'\"".contains($0) }.first == "="
        }
    }
}

extension StepBook {
    fileprivate func abandonOpen(_ kind: String, path: String) async throws {
        for step in try await steps(kind) where step.isOpen && step.detail("path") == path {
            try await journal.settle(step.id, .abandoned(reason: "looked at again: the file was as before"))
        }
    }
}

extension LocalTree {
    /// - Parameters path: in the copy that was read. place: in the tree.
    func replace(_ path: String, _ place: String, with bytes: [UInt8]) throws {
        if let remote { return try remote.write(bytes, to: place, mustBeNew: false) }
        try PrivateTree.replace(path, with: bytes)
    }

    func create(_ path: String, _ place: String, with bytes: [UInt8]) throws {
        if let remote { return try remote.write(bytes, to: place, mustBeNew: true) }
        try PrivateTree.write(bytes, to: path)
    }

    func remove(_ path: String, _ place: String) throws {
        if let remote { return try remote.remove(place) }
        try PrivateTree.remove(path)
    }

    func bytes(_ path: String, _ place: String) throws -> [UInt8]? {
        if let remote { return try remote.read(place) }
        return FileKind.at(path) == nil ? nil : try PrivateTree.read(path)
    }
}
