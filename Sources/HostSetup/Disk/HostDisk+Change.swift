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

    /// Whatever stands there, under a name beside it that nobody has.
    ///
    /// - Returns: the name.
    static func setAside(_ path: String, as mark: String) throws -> String {
        let wanted = "\(folder(of: path))/.\(path.split(separator: "/").last ?? "").\(mark)"
        var place = wanted
        var number = 1
        while exists(place) {
            number += 1
            place = "\(wanted)-\(number)"
        }
        guard rename(path, place) == 0 else { throw failed(path, "cannot be set aside") }
        return place
    }

    /// Only an empty one; says whether it is gone.
    static func removeEmptyFolder(_ path: String) -> Bool { rmdir(path) == 0 || errno == ENOENT }
}
