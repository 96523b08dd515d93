import Glibc

/// The machine around a tree: passed in, so that a tree of another machine,
/// or of a test, is not mixed up with this one.
public struct HostView: Sendable {
    /// Folders with systemd's unit files.
    public var unitFolders: [String]
    public var cronFiles: [String]
    /// The home folder that the workers run with; nil where it is not known.
    public var home: String?
    /// For private copies of databases.
    public var temporaryFolder: String
    public var processes: ProcessSnapshot
    /// What the tree is called on its own machine, where this is a mirror of
    /// it: nothing around it here is that machine's. nil for a tree that stands
    /// where it is looked at.
    public var elsewhere: [String]?

    public init(
        unitFolders: [String] = [], cronFiles: [String] = [], home: String? = nil,
        temporaryFolder: String = "/tmp", processes: ProcessSnapshot = .none
    ) {
        self.unitFolders = unitFolders
        self.cronFiles = cronFiles
        self.home = home
        self.temporaryFolder = temporaryFolder
        self.processes = processes
    }

    /// This machine, for a tree that lies on it.
    public static func live(for path: String, environment: [String: String]) -> HostView {
        let home = home(of: path, environment)
        let own = home.map { ["\($0)/.config/systemd/user"] } ?? []
        return HostView(
            unitFolders: [
                "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
            ] + own,
            cronFiles: cronFiles(), home: home, temporaryFolder: environment["TMPDIR"] ?? "/tmp",
            processes: .live())
    }

    /// Of the tree's owner, or of the environment, where the tree lies in it.
    private static func home(of path: String, _ environment: [String: String]) -> String? {
        guard let real = try? SystemFile.realPath(path) else { return nil }
        let owner = SystemFile.status(real).flatMap { getpwuid($0.owner)?.pointee.pw_dir }
        let candidates = [owner.map { String(cString: $0) }, environment["HOME"]].compactMap { $0 }
        return candidates.compactMap { try? SystemFile.realPath($0) }
            .first { $0 != "/" && (real == $0 || Paths.isInside(real, $0)) }
    }

    private static func cronFiles() -> [String] {
        ["/var/spool/cron/crontabs", "/etc/cron.d"].flatMap { folder in
            ((try? SystemFile.names(in: folder)) ?? []).map { Paths.join(folder, $0) }
        } + ["/etc/crontab"]
    }
}
