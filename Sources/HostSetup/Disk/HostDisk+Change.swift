import Glibc
import LettaModel

extension HostDisk {
    static func link(_ path: String, to target: String) throws {
        guard symlink(target, path) == 0 || (errno == EEXIST && see(path) == .link(to: target)) else {
            throw failed(path, "cannot be linked")
        }
    }

    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw failed(path, "cannot be removed") }
    }

    /// Only an empty one; says whether it is gone.
    static func removeEmptyFolder(_ path: String) -> Bool { rmdir(path) == 0 || errno == ENOENT }
}
