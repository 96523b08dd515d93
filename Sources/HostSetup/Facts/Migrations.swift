import Glibc

/// A folder of alembic's migrations, read as text: no program of it is run.
enum Migrations {
    /// The revisions that no other follows; empty where the folder cannot be
    /// read.
    ///
    /// - Parameter folder: the one with alembic.ini.
    static func heads(_ folder: String) -> Set<String> {
        let versions = "\(place(folder))/versions"
        var (revisions, followed): (Set<String>, Set<String>) = ([], [])
        for name in names(in: versions) where name.hasSuffix(".py") {
            let text = String(decoding: HostDisk.read("\(versions)/\(name)") ?? [], as: UTF8.self)
            revisions.formUnion(values("revision", text))
            followed.formUnion(values("down_revision", text))
        }
        return revisions.subtracting(followed)
    }

    /// `script_location = alembic`, from alembic.ini.
    private static func place(_ folder: String) -> String {
        let text = String(decoding: HostDisk.read("\(folder)/alembic.ini") ?? [], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("script_location") }
        let value = line.flatMap { $0.split(separator: "=", maxSplits: 1).last }.map {
            String($0.trimmedSpaces)
        }
        let place = (value ?? "alembic").replacing("%(here)s", with: folder)
        return place.hasPrefix("/") ? place : "\(folder)/\(place)"
    }

    /// What stands in quotes behind a name at the beginning of a line:
    /// `down_revision: Union[str, None] = ("a", "b")`.
    private static func values(_ name: String, _ text: String) -> [String] {
        let line = text.split(separator: "\n").first {
            $0.hasPrefix(name) && ($0.dropFirst(name.count).first.map { " :=".contains($0) } ?? false)
        }
        guard let line, let equals = line.firstIndex(of: "=") else { return [] }
        let parts = line[line.index(after: equals)...].split(
            omittingEmptySubsequences: false, whereSeparator: { "\"'".contains($0) })
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    private static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}
