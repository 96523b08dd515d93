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
    /// - Parameter agentName: which agent of a file with several.
    /// - Returns: the snapshot's path, in the data folder.
    public func takeIn(agentFile path: String, agentName: String?) async throws -> String {
        let digest = try ContentDigest.ofFile(path: path).description.prefix(12)
        let suffix = agentName.map { "-" + $0.filter { $0.isLetter || $0.isNumber } } ?? ""
        let target = "\(dataFolder)/snapshots/file-\(digest)\(suffix).ferry"
        if PrivateFile.exists(target) { return target }
        try PrivateFile.makeFolder("\(dataFolder)/snapshots")
        let intake = AgentFileIntake(path: path, agentName: agentName)
        let temporary = "\(target).new-\(getpid())"
        defer { PrivateFile.remove(temporary) }
        try await withSnapshot(at: temporary, .create) { try await intake.run(into: $0) }
        guard rename(temporary, target) == 0 else { throw PrivateFile.failure(target, "write") }
        return target
    }
}

/// Agent file -> snapshot: rows in their order, the shell as documents.
struct AgentFileIntake {
    let path: String
    let agentName: String?

    func run(into snapshot: AgentSnapshot) async throws {
        let shell = try read { _ in }
        let index = try chosen(shell)
        let root = try JSONDocument(shell.json).root
        guard let agent = root["agents"]?[index] else { throw unreadable("has no agent") }
        let name = agent["name"]?.string ?? "agent"
        let id = SourceID<AgentKind>(agent["id"]?.string ?? "agent-\(index)")
        let state = AgentFileState(agent: agent, file: root)
        _ = try await snapshot.beginGeneration(
            SnapshotOrigin(
                serverURL: "file:\(path)", serverName: path, project: nil,
                serverVersion: shell.revision ?? "",
                agentID: id, agentName: name, agentType: state.agentType, reader: .agentFile,
                startedAt: Instant.now()))
        try await snapshot.put(state.documents(id: id.raw, name: name, shell: shell.json))
        try await rows(of: index, into: snapshot)
        try await snapshot.beginPassages()
        try await snapshot.finishPassages()
        try await snapshot.finishGeneration(at: Instant.now(), .stable)
    }

    private func chosen(_ shell: AgentFileReader.Shell) throws -> Int {
        if let agentName {
            guard let index = shell.agents.firstIndex(where: { $0.name == agentName }) else {
                throw unreadable("has no agent named \(agentName); it has \(Self.names(shell))")
            }
            return index
        }
        guard !shell.agents.isEmpty else { throw unreadable("has no agent, only what agents use") }
        guard shell.agents.count == 1 else {
            throw Failure(
                .agentAmbiguous, subject: path,
                reason: "holds \(shell.agents.count) agents: \(Self.names(shell))",
                remedy: "name one with --agent NAME", end: .source)
        }
        return 0
    }

    private static func names(_ shell: AgentFileReader.Shell) -> String {
        shell.agents.map(\.name).joined(separator: ", ")
    }

    private func rows(of index: Int, into snapshot: AgentSnapshot) async throws {
        var reader = AgentFileReader(name: path)
        var batch: [ImportedRow] = []
        var count = 0
        func take(_ row: AgentFileReader.Row) {
            if row.agent == index { batch.append(ImportedRow(id: SourceID(row.id), json: row.json)) }
        }
        try await chunks { chunk in
            try reader.feed(chunk) { take($0) }
            guard batch.count >= 500 else { return }
            count += batch.count
            try await snapshot.appendImported(batch, thread: .main)
            batch.removeAll(keepingCapacity: true)
        }
        _ = try reader.finish { take($0) }
        if !batch.isEmpty { try await snapshot.appendImported(batch, thread: .main) }
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
            remedy: "name another agent with --agent NAME, or another file")
    }
}

/// A file front to back, 256 kB at a time.
final class FileChunks {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unreadable(path) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func next() throws -> [UInt8]? {
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
