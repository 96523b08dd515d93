import Glibc

/// Where the built `ferry` lies: beside the test bundle.
enum BuiltProgram {
    static let folder: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let beside = parent(of: own)
        let built = Repository.path + "/.build/debug"
        return [beside, built].first { access($0 + "/ferry", X_OK) == 0 } ?? built
    }()

    static func parent(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
}

/// The working copy that these tests were built from.
enum Repository {
    static let path: String = {
        var path = #filePath
        for _ in 0..<4 { path = BuiltProgram.parent(of: path) }
        return path
    }()

    static func text(_ name: String) -> String { Folder.text(of: "\(path)/\(name)") }
}
