/// Paths as words, without a look at the disk.
enum Paths {
    static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// `/` for what lies right below it, and for itself.
    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder == "/" ? "/" + name : folder + "/" + name
    }

    static func isInside(_ path: String, _ folder: String) -> Bool {
        folder == "/" ? path.hasPrefix("/") : path.hasPrefix(folder + "/")
    }

    /// Without the folder before it; the path itself where it lies elsewhere.
    static func relative(_ path: String, to folder: String) -> String {
        isInside(path, folder) ? String(path.dropFirst(folder == "/" ? 1 : folder.count + 1)) : path
    }

    static func components(_ path: String) -> [Substring] { path.split(separator: "/") }

    /// The folder itself, then each one above it up to `/`.
    static func upward(from folder: String) -> [String] {
        var found = [folder]
        var next = folder
        while next != "/" && !next.isEmpty {
            next = parent(next)
            found.append(next)
        }
        return found
    }

    /// A path as a program in `folder` means it, with `.` and `..` taken out.
    static func resolved(_ path: String, in folder: String) -> String {
        var parts: [Substring] = []
        for part in components(path.hasPrefix("/") ? path : folder + "/" + path) where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The same place of a tree that is mounted, or was, somewhere else: the
    /// last parts are equal, at least two of them.
    static func isSamePlace(_ path: String, as other: String, below root: String) -> Bool {
        if path == other { return true }
        let tail = Array(components(relative(other, to: parent(root))))
        return tail.count > 1 && components(path).suffix(tail.count).elementsEqual(tail)
    }
}
