import AgentFile
import Glibc
import Hashing
import LettaModel
import LosslessJSON
import Snapshot

extension Engine {
    /// An agent file as a snapshot, so that it is loaded and verified like
    /// one. A file that was taken in before is taken from there.
    ///
    /// - Parameter agentName: which agent of a file with several, or its id.
    /// - Returns: the snapshot's path, in the data folder.
    ///
    /// **Errors**: `agent-ambiguous` where the file has several agents and
    /// none is named, or several of that name.
    public func takeIn(agentFile path: String, agentName: String?) async throws -> String {
        let digest = try ContentDigest.ofFile(path: path)
        let target = takenIn(digest, agentName)
        let intake = AgentFileIntake(path: path, agentName: agentName)
        if PrivateFile.exists(target) {
            try await intake.check(target)
            return target
        }
        try PrivateFile.makeFolder("\(dataFolder)/snapshots")
        let temporary = "\(target).new-\(getpid())"
        defer { PrivateFile.remove(temporary) }
        try await withSnapshot(at: temporary, .create) { try await intake.run(into: $0) }
        guard rename(temporary, target) == 0 else { throw PrivateFile.failure(target, "write") }
        return target
    }

    /// Where an agent of a file is kept: one place for each file and each
    /// name, however alike two names look.
    func takenIn(_ file: ContentDigest, _ agentName: String?) -> String {
        let names: JSONNode = .array([
            .string(file.description), agentName.map { .string($0) } ?? .null,
        ])
        return "\(dataFolder)/snapshots/file-\(ContentDigest.ofBytes(names.bytes())).ferry"
    }
}

/// Agent file -> snapshot: rows in their order, the shell as documents.
struct AgentFileIntake {
    let path: String
    let agentName: String?
    /// How another agent of the file is named; nil: by `--agent`.
    var naming: String?

    func run(into snapshot: AgentSnapshot) async throws {
        let shell = try read { _ in }
        let root = try JSONDocument(shell.json).root
        let candidates = (root["agents"]?.elements ?? []).enumerated().map { place, agent in
            Candidate(
                id: agent["id"]?.string ?? "agent-\(place)", name: agent["name"]?.string ?? "agent")
        }
        let index = try chosen(candidates)
        guard let agent = root["agents"]?[index] else { throw unreadable("has no agent") }
        let name = candidates[index].name
        let id = SourceID<AgentKind>(candidates[index].id)
        let state = AgentFileState(agent: agent, file: root)
        _ = try await snapshot.beginGeneration(
            SnapshotOrigin(
                serverURL: "file:\(path)", serverName: path, project: nil,
                serverVersion: shell.revision ?? "",
                agentID: id, agentName: name, agentType: state.agentType, reader: .agentFile,
                startedAt: Instant.now()))
        try await snapshot.put(state.documents(id: id.raw, name: name, shell: shell.json))
        let wanted = Set(agent["in_context_message_ids"]?.elements.compactMap(\.string) ?? [])
        let found = try await rows(of: index, noting: wanted, into: snapshot)
        let dangling = state.dangling(rowIDs: found).enumerated()
        try await snapshot.put(dangling.map { $1.document(at: $0) })
        try await snapshot.beginPassages()
        try await snapshot.finishPassages()
        try await snapshot.finishGeneration(at: Instant.now(), .stable)
    }

    /// That a snapshot which was made earlier holds the agent asked for.
    func check(_ snapshotPath: String) async throws {
        let origin = try await withSnapshot(at: snapshotPath, .read) {
            try await $0.generations().last?.origin
        }
        guard let origin, origin.reader == .agentFile,
            agentName == nil || agentName == origin.agentName || agentName == origin.agentID.raw
        else {
            throw Failure(
                .snapshotOfAnotherAgent, subject: snapshotPath,
                reason: "it does not hold the agent of \(path) that was asked for",
                remedy: "remove it, it is made again from the agent file: rm \(snapshotPath)", end: .source)
        }
    }

    private func chosen(_ agents: [Candidate]) throws -> Int {
        guard !agents.isEmpty else { throw unreadable("has no agent, only what agents use") }
        let meant = agents.indices.filter { agentName == nil || agents[$0].name == agentName }
        let found = meant.isEmpty ? agents.indices.filter { agents[$0].id == agentName } : meant
        guard let first = found.first else {
            throw unreadable("has no agent named \(agentName ?? ""); it has \(Self.names(agents))")
        }
        guard found.count == 1 else {
            let isNamed = agentName != nil
            throw Failure(
                .agentAmbiguous, subject: path,
                reason:
                    "holds \(found.count) agents\(isNamed ? " of that name" : ""): \(Self.names(found.map { agents[$0] }))",
                remedy: naming ?? "name one with --agent \(isNamed ? "ID" : "NAME")", end: .source)
        }
        return first
    }

    private struct Candidate {
        let id: String
        let name: String
    }

    private static func names(_ agents: [Candidate]) -> String {
        agents.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
    }

    /// - Returns: which of the wanted ids the agent's rows bear.
    private func rows(
        of index: Int, noting wanted: Set<String>, into snapshot: AgentSnapshot
    ) async throws -> Set<String> {
        var reader = AgentFileReader(name: path)
        var batch: [ImportedRow] = []
        var found: Set<String> = []
        func take(_ row: AgentFileReader.Row) {
            guard row.agent == index else { return }
            batch.append(ImportedRow(id: SourceID(row.id), json: row.json))
            if wanted.contains(row.id) { found.insert(row.id) }
        }
        try await chunks { chunk in
            try reader.feed(chunk) { take($0) }
            guard batch.count >= 500 else { return }
            try await snapshot.appendImported(batch, thread: .main)
            batch.removeAll(keepingCapacity: true)
        }
        _ = try reader.finish { take($0) }
        if !batch.isEmpty { try await snapshot.appendImported(batch, thread: .main) }
        return found
    }

    private func read(_ row: (AgentFileReader.Row) throws -> Void) throws -> AgentFileReader.Shell {
        var reader = AgentFileReader(name: path)
        try FileChunks(path).forEach { try reader.feed($0, row) }
        return try reader.finish(row)
    }

    private func chunks(_ body: ([UInt8]) async throws -> Void) async throws {
        let file = try FileChunks(path)
        while let chunk = try file.next() { try await body(chunk) }
    }

    private func unreadable(_ reason: String) -> Failure {
        Failure(
            .agentFileUnreadable, subject: path, reason: reason,
            remedy: naming ?? "name another agent with --agent NAME, or another file")
    }
}

/// A file front to back, 256 kB at a time.
final class FileChunks {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) throws {
        self.path = path
        try Self.refuseUnlessFile(path)
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unreadable(path) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Files are read more than once; a pipe gives its text one time.
    private static func refuseUnlessFile(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        guard ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else { return }
        throw Failure(
            .fileUnreadable, subject: path,
            reason: "is not a regular file, and it has to be read more than once",
            remedy: "write it into a file first: cat \(path) > NEW.af")
    }

    /// Throws where the task is cancelled: between two chunks nothing is half done.
    func next() throws -> [UInt8]? {
        try Task.checkCancellation()
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.unreadable(path) }
            return count == 0 ? nil : Array(chunk[..<count])
        }
    }

    func forEach(_ body: ([UInt8]) throws -> Void) throws {
        while let chunk = try next() { try body(chunk) }
    }

    private static func unreadable(_ path: String) -> Failure {
        Failure(
            .fileUnreadable, subject: path, reason: "cannot read: \(String(cString: strerror(errno)))",
            remedy: "check the path and its permissions: ls -l \(path)")
    }
}
