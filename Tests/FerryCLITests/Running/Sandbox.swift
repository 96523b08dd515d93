import Glibc

/// A temporary HOME in which `ferry` is run; gone with this value.
final class Sandbox: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/ferry-cli-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/tmp/ferry-cli"
        }
    }

    deinit { Folder.remove(path) }

    func write(_ text: String, to name: String) {
        let file = fopen("\(path)/\(name)", "w")
        fputs(text, file)
        fclose(file)
    }

    /// Files below HOME that hold one of the texts, with which one.
    func files(holding secrets: [String]) -> [String] {
        Folder.files(below: path).flatMap { file in
            let bytes = Folder.bytes(of: file)
            return secrets.filter { bytes.holds($0) }.map { "\(file) holds \($0)" }
        }
    }

    /// Runs of the journal, oldest first: their folders bear their ids.
    func runs() -> [String] {
        Folder.names(in: path + "/.local/state/ferry/runs").sorted()
    }
}

/// Folders without Foundation.
enum Folder {
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func files(below path: String) -> [String] {
        names(in: path).flatMap { name -> [String] in
            let child = "\(path)/\(name)"
            return isFolder(child) ? files(below: child) : [child]
        }
    }

    static func bytes(of path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    static func text(of path: String) -> String { String(decoding: bytes(of: path), as: UTF8.self) }

    static func remove(_ path: String) {
        for name in names(in: path) {
            let child = "\(path)/\(name)"
            if isFolder(child) { remove(child) } else { unlink(child) }
        }
        rmdir(path)
    }
}

extension [UInt8] {
    /// Also in UTF-16, as a careless writer would leave it.
    func holds(_ text: String) -> Bool {
        let wide = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        return contains(run: Array(text.utf8)) || contains(run: wide)
    }

    private func contains(run wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return false }
        return withUnsafeBytes { all in
            guard let base = all.baseAddress else { return false }
            var place = 0
            while place + wanted.count <= all.count {
                guard let hit = memchr(base + place, Int32(first), all.count - place) else { return false }
                place = UnsafeRawPointer(hit) - base
                guard place + wanted.count <= all.count else { return false }
                if memcmp(base + place, wanted, wanted.count) == 0 { return true }
                place += 1
            }
            return false
        }
    }
}
