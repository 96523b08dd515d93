import Glibc
import LettaModel

/// Places that nobody uses yet.
public enum NewFolder {
    /// **Errors**: `file-exists` where there is something in it.
    static func make(_ path: String) throws {
        if mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else { throw HostDisk.failed(path, "cannot be made") }
        guard let folder = opendir(path) else { throw HostDisk.failed(path, "is no folder that can be read") }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        guard count <= 2 else {
            throw Failure(
                .fileExists, subject: path, reason: "is not empty", remedy: "name a new folder: --out DIR")
        }
    }
}

/// The two files of a config.
public enum HostConfigStore {
    /// **Errors**: `file-exists` where one of them is there.
    public static func create(_ config: HostConfig, _ secrets: HostSecrets, at path: String) throws {
        let hidden = HostSecrets.path(besides: path)
        for file in [path, hidden] where HostDisk.exists(file) {
            throw Failure(
                .fileExists, subject: file, reason: "is there already",
                remedy: "name another with --config FILE, or move it away: mv \(file) \(file).old")
        }
        let group = Int(getegid())
        try HostDisk.put(
            Array(secrets.text().utf8), at: hidden, mode: 0o600, owner: Int(geteuid()), group: group)
        try HostDisk.put(
            Array(HostConfigFile.text(config).utf8), at: path, mode: 0o644, owner: Int(geteuid()),
            group: group)
    }

    /// **Errors**: `file-unreadable`, `host-config-wrong`.
    public static func read(_ path: String) throws -> (HostConfig, HostSecrets) {
        let config = try HostConfigFile.read(try bytes(path, "make it: ferry host init NAME"), path: path)
        let hidden = HostSecrets.path(besides: path)
        var status = stat()
        if stat(hidden, &status) == 0, status.st_mode & 0o077 != 0 {
            throw Failure(
                .hostConfigWrong, subject: hidden, reason: "can be read by others than its owner",
                remedy: "chmod 600 \(hidden)")
        }
        let text = String(
            decoding: try bytes(hidden, "put it beside the config, or make both anew: ferry host init NAME"),
            as: UTF8.self)
        return (config, try HostSecrets.read(text, path: hidden))
    }

    private static func bytes(_ path: String, _ remedy: String) throws -> [UInt8] {
        if let bytes = HostDisk.read(path) { return bytes }
        throw Failure(
            .fileUnreadable, subject: path, reason: "cannot be read: \(HostDisk.words(errno))", remedy: remedy
        )
    }
}
