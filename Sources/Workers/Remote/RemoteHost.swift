import LettaModel
import LosslessJSON

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Another machine, reached by the system's own ssh and rsync. What has to be
/// done there is done by its python3, which gets its program over ssh's
/// stdin: nothing is installed, and no value stands in a process list.
struct RemoteHost: Sendable {
    /// `user@host`.
    let name: String
    let end: Failure.End
    /// `FERRY_SSH` is to ferry what `GIT_SSH_COMMAND` is to git.
    let ssh: [String]

    /// **Errors**: `remote-failed` where it cannot be reached, `remote-unable`
    /// where it has no python3 with sqlite3.
    init(_ name: String, end: Failure.End) throws {
        guard !name.hasPrefix("-") else {
            throw Failure(.usage, subject: name, reason: "is no host", remedy: "write user@host:/path")
        }
        self.name = name
        self.end = end
        let command = getenv("FERRY_SSH").map { String(cString: $0) } ?? "ssh"
        ssh = command.split(separator: " ").map(String.init) + ["-o", "BatchMode=yes"]
        try probe()
    }

    private func probe() throws {
        let result = try Command(
            words: ssh + [name, "command -v python3 >/dev/null && python3 -c 'import sqlite3' || exit 77"]
        ).run()
        switch result.status {
        case 0: return
        case 77:
            throw Failure(
                .remoteUnable, subject: name,
                reason: "has no python3 with its sqlite3 module, which ferry needs there",
                remedy: "ssh \(name) apt-get install python3; or mount the folder here and name its path",
                end: end)
        default: throw failed(result)
        }
    }

    func failed(_ result: Command.Result) -> Failure {
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
        guard try call(RemoteProgram.isFree, ["path": .string(path)])["free"]?.bool == true else {
            throw Refusals.notEmpty("\(name):\(path)")
        }
    }

    /// Copies the stage beside its place there, then renames it.
    func publish(_ stage: String, at path: String, run: String) throws {
        try checkIsFree(path)
        let beside = "\(path).ferry-\(run)"
        _ = try call(RemoteProgram.makeFolder, ["path": .string(beside)])
        try rsync(["--delete"], from: stage + "/", to: "\(name):\(beside)/")
        let wanted = try Manifest(of: stage)
        guard try manifest(beside)?.digest == wanted.digest else {
            throw Failure(
                .remoteFailed, subject: "\(name):\(beside)", reason: "what arrived is not what was sent",
                remedy: "run the same command again", end: end)
        }
        _ = try call(RemoteProgram.rename, ["from": .string(beside), "to": .string(path)])
    }

    func manifest(_ path: String) throws -> Manifest? {
        let json = try call(RemoteProgram.manifest, ["path": .string(path)])
        return json["entries"] == nil ? nil : try Manifest(json: Array(json.raw))
    }

    func removeFolder(_ path: String) throws {
        _ = try call(RemoteProgram.removeFolder, ["path": .string(path)])
    }
}
