import Glibc

/// A path of the command line as it is kept: a run goes on, and a config is
/// read, in any folder.
enum AbsolutePath {
    /// The path as it is where the current folder has no name.
    static func of(_ path: String) -> String {
        guard !path.isEmpty, !path.hasPrefix("/"), let folder = currentFolder() else { return path }
        var rest = path[...]
        while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
        return (folder == "/" ? "" : folder) + "/" + rest
    }

    private static func currentFolder() -> String? {
        guard let name = getcwd(nil, 0) else { return nil }
        defer { free(name) }
        return String(cString: name)
    }
}
