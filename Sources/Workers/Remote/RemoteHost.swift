import LettaModel
import LosslessJSON

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Another machine, reached by the system's own ssh and rsync. What has to be
/// done there is done by its python3, or where it has none by its shell and
/// sqlite3, which get their program over ssh's stdin: nothing is installed,
/// and no value stands in a process list.
struct RemoteHost: Sendable {
    /// `user@host`.
    let name: String
    let end: Failure.End
    /// `FERRY_SSH` is to ferry what `GIT_SSH_COMMAND` is to git.
    let ssh: [String]
    let means: Means

    /// What works there, the better first.
    enum Means: String, Sendable { case python, sqlite }

    /// **Errors**: `remote-failed` where it cannot be reached, `remote-unable`
    /// where it has neither python3 with its sqlite3 nor the sqlite3 command.
    init(_ name: String, end: Failure.End) throws {
        guard !name.hasPrefix("-") else {
            throw Failure(.usage, subject: name, reason: "is no host", remedy: "write user@host:/path")
        }
        self.name = name
        self.end = end
        let command = getenv("FERRY_SSH").map { String(cString: $0) } ?? "ssh"
        ssh = command.split(separator: " ").map(String.init) + ["-o", "BatchMode=yes"]
        means = try Self.probe(name, ssh, end)
    }

    /// What the shell way needs beside the shell itself.
    private static let tools = [
        "sqlite3", "find", "xargs", "stat", "sha256sum", "base64", "sort", "readlink",
    ]

    private static func probe(_ name: String, _ ssh: [String], _ end: Failure.End) throws -> Means {
        let lacking = tools.map { "command -v \($0) >/dev/null || exit 77" }.joined(separator: "; ")
        let question =
            "if python3 -c 'import sqlite3' 2>/dev/null; then echo python; else \(lacking); echo sqlite; fi"
        let result = try Command(words: ssh + [name, question]).run()
        let word = result.text.split(separator: "\n").last.map(String.init) ?? ""
        if result.status == 0, let means = Means(rawValue: word) { return means }
        guard result.status == 77 else { throw failed(result, name, end) }
        throw Failure(
            .remoteUnable, subject: name,
            reason:
                "has neither python3 with its sqlite3 module nor the sqlite3 command (with find, stat and "
                + "sha256sum), one of which ferry needs there",
            remedy: "ssh \(name) apt-get install python3; or mount the folder here and name its path",
            end: end)
    }

    func failed(_ result: Command.Result) -> Failure { Self.failed(result, name, end) }

    private static func failed(_ result: Command.Result, _ name: String, _ end: Failure.End) -> Failure {
        let words =
            result.errors.split(separator: "\n").last.map(String.init) ?? "it ended with \(result.status)"
        return Failure(
            .remoteFailed, subject: name, reason: "ssh failed: \(words)",
            remedy: "try it by hand: ssh \(name) true", end: end)
    }

    /// Runs a program of `RemoteProgram` and reads the JSON that it prints.
    /// - Parameter arguments: texts; bytes go in as hexadecimal digits.
    func call(_ program: String, _ arguments: [String: JSONNode]) throws -> JSONValue {
        let node = JSONNode.object(
            arguments.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: $0.value) })
        let hex = node.bytes().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        let text = "import json\nA = json.loads(bytes.fromhex('\(hex)').decode('utf-8'))\n" + program
        let result = try Command(words: ssh + [name, "python3 -"], input: Array(text.utf8)).run()
        guard result.status == 0 else { throw failed(result) }
        let json: JSONValue
        do { json = try JSONDocument(result.output).root } catch {
            throw Failure(
                .remoteFailed, subject: name, reason: "python3 there printed something else than JSON",
                remedy: "try it by hand: ssh \(name) python3 --version", end: end)
        }
        if let reason = json["error"]?.string {
            throw Failure(
                .remoteFailed, subject: "\(name):\(json["path"]?.string ?? "")", reason: reason,
                remedy: "check the path and its permissions there: ssh \(name)", end: end)
        }
        return json
    }

    func rsync(_ options: [String], from: String, to: String) throws {
        let words = ["rsync", "-rltp", "-s", "-e", ssh.joined(separator: " ")] + options + [from, to]
        let result = try Command(words: words).run()
        guard result.status == 0 else {
            let said =
                result.errors.split(separator: "\n").first.map(String.init) ?? "status \(result.status)"
            throw Failure(
                .remoteFailed, subject: name, reason: "rsync failed: \(said)",
                remedy: "check that rsync is installed on both hosts: ssh \(name) rsync --version", end: end)
        }
    }
}

// MARK: As a target

extension RemoteHost {
    func checkIsFree(_ path: String) throws {
        guard path.hasPrefix("/") else {
            throw Failure(
                .usage, subject: "\(name):\(path)", reason: "is not absolute", remedy: "write \(name):/path",
                end: end)
        }
        guard try isFree(path) else { throw Refusals.notEmpty("\(name):\(path)") }
    }

    /// Copies the stage beside its place there, compares, lets that host's own
    /// SQLite open what arrived, then renames it.
    func publish(_ stage: String, at path: String, run: String) throws {
        try checkIsFree(path)
        let beside = "\(path).ferry-\(run)"
        try makeFolder(beside)
        try rsync(["--delete"], from: stage + "/", to: "\(name):\(beside)/")
        let wanted = try Manifest(of: stage)
        guard try manifest(beside)?.digest == wanted.digest else {
            throw Failure(
                .remoteFailed, subject: "\(name):\(beside)", reason: "what arrived is not what was sent",
                remedy: "run the same command again", end: end)
        }
        let databases = wanted.entries.keys.filter { $0.hasSuffix("/sanctum.db") || $0 == "sanctum.db" }
        for place in databases.sorted() {
            guard try opens("\(beside)/\(place)") else {
                throw Failure(
                    .remoteFailed, subject: "\(name):\(beside)/\(place)",
                    reason: "that host's own SQLite cannot read the database that arrived",
                    remedy: "bring its sqlite3 up to date: ssh \(name) sqlite3 --version", end: end)
            }
        }
        try move(beside, to: path)
    }

    /// Who has databases open there, or holds their locks; nil where nobody.
    func refusal(_ databases: [String], name worker: String, end: Failure.End) throws -> Failure? {
        let holding = try holders(databases)
        if let holder = holding.found.first {
            return Refusals.running("\(name):\(holder.database)", holder.words, name: worker, end: end)
        }
        if holding.hidden > 0 {
            return Failure(
                .remoteUnable, subject: name,
                reason:
                    "the open files of \(holding.hidden.counted("process", "processes")) cannot be read there, "
                    + "so nobody can prove that the workers have stopped",
                remedy: "log in as the user who owns the workers, or as root", end: end)
        }
        return holding.locked.first.map { Refusals.locked("\(name):\($0)", name: worker, end: end) }
    }
}
