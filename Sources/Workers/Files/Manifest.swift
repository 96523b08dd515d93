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

    /// Paths that are another, gone, or new.
    func differences(from other: Manifest) -> [String] {
        Set(entries.keys).union(other.entries.keys).filter { entries[$0] != other.entries[$0] }.sorted()
    }
}
