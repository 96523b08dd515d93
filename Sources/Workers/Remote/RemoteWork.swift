import LettaModel
import LosslessJSON

/// What ferry does on another machine, by whichever of its means.
extension RemoteHost {
    /// What a tree is: its path without links, and a fingerprint of every
    /// file's size, times and number, side files of memory excepted.
    struct Look: Sendable {
        let root: String
        let home: String
        let digest: String
    }

    /// Who has databases open, and whether their locks are free.
    struct Holding: Sendable {
        var found: [(database: String, words: String)] = []
        /// Processes of a database's owner that cannot be looked into.
        var hidden = 0
        var locked: [String] = []
    }

    func isFree(_ path: String) throws -> Bool {
        guard means == .python else { return try shell.isFree(path) }
        return try call(RemoteProgram.isFree, ["path": .string(path)])["free"]?.bool == true
    }

    func makeFolder(_ path: String) throws {
        guard means == .python else { return try shell.makeFolder(path) }
        _ = try call(RemoteProgram.makeFolder, ["path": .string(path)])
    }

    func move(_ path: String, to new: String) throws {
        guard means == .python else { return try shell.move(path, to: new) }
        _ = try call(RemoteProgram.rename, ["from": .string(path), "to": .string(new)])
    }

    func removeFolder(_ path: String) throws {
        guard means == .python else { return try shell.removeFolder(path) }
        _ = try call(RemoteProgram.removeFolder, ["path": .string(path)])
    }

    /// nil where there is no such folder.
    func manifest(_ path: String) throws -> Manifest? {
        guard means == .python else { return try shell.manifest(path) }
        let json = try call(RemoteProgram.manifest, ["path": .string(path)])
        return json["entries"] == nil ? nil : try Manifest(json: Array(json.raw))
    }

    /// Whether the host's own SQLite can read a database and finds it sound.
    func opens(_ path: String) throws -> Bool {
        guard means == .python else { return try shell.opens(path) }
        return try call(RemoteProgram.opens, ["path": .string(path)])["sound"]?.bool == true
    }

    func look(_ path: String, skipping: [String]) throws -> Look {
        guard means == .python else { return try shell.look(path, skipping: skipping) }
        let json = try call(
            RemoteProgram.fingerprint,
            ["path": .string(path), "skip": .array(skipping.map { .string($0) })])
        return Look(
            root: json["root"]?.string ?? path, home: json["home"]?.string ?? "",
            digest: json["digest"]?.string ?? "")
    }

    func holders(_ databases: [String]) throws -> Holding {
        guard means == .python else { return try shell.holders(databases) }
        let json = try call(
            RemoteProgram.holders, ["databases": .array(databases.map { .string($0) })])
        return Holding(
            found: (json["found"]?.elements ?? []).map {
                (
                    $0["db"]?.string ?? "",
                    "process \($0["pid"]?.int ?? 0) (\($0["program"]?.string ?? "")) has it open"
                )
            }, hidden: json["hidden"]?.int ?? 0,
            locked: (json["locked"]?.elements ?? []).compactMap(\.string))
    }

    func write(_ bytes: [UInt8], to path: String, mustBeNew: Bool) throws {
        guard means == .python else { return try shell.write(bytes, to: path, mustBeNew: mustBeNew) }
        _ = try call(
            RemoteProgram.write,
            ["path": .string(path), "hex": .string(Hex.text(bytes)), "new": .bool(mustBeNew)])
    }

    /// nil where there is no such file.
    func read(_ path: String) throws -> [UInt8]? {
        guard means == .python else { return try shell.read(path) }
        return try call(RemoteProgram.read, ["path": .string(path)])["hex"]?.string.map(Hex.bytes)
    }

    func remove(_ path: String) throws {
        guard means == .python else { return try shell.remove(path) }
        _ = try call(RemoteProgram.remove, ["path": .string(path)])
    }

    private var shell: RemoteShell { RemoteShell(host: self) }
}

/// Bytes as text that every shell and every program reads alike.
enum Hex {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { place in
            UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }
}
