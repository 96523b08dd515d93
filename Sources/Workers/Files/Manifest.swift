import Hashing
import LettaModel
import LosslessJSON

/// Every file of a folder with its digest: what was published, so that undo
/// removes it only where nothing has become of it since.
struct Manifest: Equatable, Sendable {
    /// Relative path -> digest, `-> target` for links, `/` for folders.
    var entries: [String: String] = [:]

    init(entries: [String: String]) { self.entries = entries }

    init(of folder: String) throws { try add(folder, "") }

    init(json: [UInt8]) throws {
        for member in try JSONDocument(json).root["entries"]?.members ?? [] {
            entries[member.key] = member.value.string ?? ""
        }
    }

    private mutating func add(_ folder: String, _ prefix: String) throws {
        for name in try FileKind.names(in: folder) {
            let path = "\(folder)/\(name)"
            let place = prefix + name
            switch FileKind.at(path) {
            case .folder:
                entries[place] = "/"
                try add(path, place + "/")
            case .file: entries[place] = try ContentDigest.ofFile(path: path).description
            case .link(let target): entries[place] = "-> \(target)"
            case .other(let what): entries[place] = what
            case nil: break
            }
        }
    }

    var json: [UInt8] {
        let members = entries.sorted { $0.key < $1.key }.map {
            JSONMember(key: $0.key, value: .string($0.value))
        }
        return (["schema": "ferry.manifest/1", "entries": .object(members)] as JSONNode).bytes()
    }

    var digest: ContentDigest { .ofBytes(json) }

    /// Without what a mere reader of an unchanged database leaves beside it: a
    /// `-wal` without a frame, and a `-shm`.
    ///
    /// - Parameter folder: where it is, if on this machine.
    func withoutReaders(since made: Manifest, in folder: String?) -> Manifest {
        var result = self
        for (wal, digest) in entries where wal.hasSuffix("-wal") || wal.hasSuffix("-shm") {
            let base = String(wal.dropLast(4))
            guard made.entries[wal] == nil, let database = made.entries[base], entries[base] == database,
                database != "/", !database.hasPrefix("-> ")
            else { continue }
            if wal.hasSuffix("-wal"), isIdle(wal, digest, folder) { result.entries[wal] = nil }
            let beside = base + "-wal"
            if wal.hasSuffix("-shm"), entries[beside].map({ isIdle(beside, $0, folder) }) ?? true {
                result.entries[wal] = nil
            }
        }
        return result
    }

    /// A header alone is no frame.
    private func isIdle(_ wal: String, _ digest: String, _ folder: String?) -> Bool {
        if digest == ContentDigest.ofBytes([]).description { return true }
        guard let folder, case .file(let size, _) = FileKind.at("\(folder)/\(wal)") else { return false }
        return size <= 32
    }

    /// Nothing in it is another, or new; some may be gone.
    func isPart(of other: Manifest) -> Bool {
        entries.allSatisfy { other.entries[$0.key] == $0.value }
    }

    /// Paths that are another, gone, or new.
    func differences(from other: Manifest) -> [String] {
        Set(entries.keys).union(other.entries.keys).filter { entries[$0] != other.entries[$0] }.sorted()
    }
}
