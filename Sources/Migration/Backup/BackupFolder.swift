import Glibc
public import LettaModel

/// Dated snapshots of one agent in a folder of their own:
/// `INTO/NAME-DIGEST/2026-05-02T030000Z.ferry`, and `working.ferry` while one
/// is being made. Only whole and sound snapshots ever bear a date.
public struct BackupFolder: Sendable, Equatable {
    public let path: String

    public var working: String { path + "/working.ferry" }

    public func dated(_ instant: Instant) -> String { "\(path)/\(Self.name(instant))" }

    /// `2026-05-02T030000Z.ferry`: sorts by time, and needs no quoting anywhere.
    static func name(_ instant: Instant) -> String {
        instant.text.prefix(19).replacing(":", with: "") + "Z.ferry"
    }

    /// Nil for a name that `name` does not make.
    static func instant(of name: String) -> Instant? {
        guard name.count == 24, name.hasSuffix("Z.ferry") else { return nil }
        let digits = Array(name.prefix(17))
        guard digits[10] == "T" else { return nil }
        let clock = [String(digits[11...12]), String(digits[13...14]), String(digits[15...16])]
        return Instant(String(digits[..<11]) + clock.joined(separator: ":") + "Z")
    }

    /// Names of the dated files, oldest first.
    public func datedNames() -> [String] {
        FolderListing.names(in: path).filter { Self.instant(of: $0) != nil }.sorted()
    }

    /// The newest date; nil where there is no backup yet.
    public func newest() -> Instant? { datedNames().last.flatMap(Self.instant) }
}

/// The folder that all backups of a server are in.
public struct BackupStore: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// What `status` reads: how the last run ended, agent by agent.
    public var statusFile: String { path + "/last-run.json" }

    func folder(named name: String) -> BackupFolder { BackupFolder(path: "\(path)/\(name)") }

    /// Folders that hold at least one dated file.
    public func folders() -> [BackupFolder] {
        FolderListing.names(in: path).sorted().map(folder).filter { !$0.datedNames().isEmpty }
    }
}

enum FolderListing {
    /// In no order; empty where there is no such folder.
    static func names(in path: String) -> [String] {
        guard let listing = opendir(path) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
