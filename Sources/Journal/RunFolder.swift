import SQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `runs/<run>/` beside the journal, mode 0700: spool and report.
enum RunFolder {
    static func path(_ run: RunID, journal: String) -> String {
        "\(PrivateFile.parent(of: journal) ?? ".")/runs/\(run.raw)"
    }

    static func remove(_ path: String) throws {
        for name in names(in: path) {
            let child = "\(path)/\(name)"
            if isFolder(child) { try remove(child) } else { try PrivateFile.remove(child) }
        }
        rmdir(path)
    }

    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// A link is no folder: what it points to is not ours.
    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
