import Glibc

/// The host's nginx: how it is called, and whether it runs.
struct NginxControl: Sendable {
    let config: HostConfig
    let paths: HostPaths

    /// The words before an option; in a scratch root it is one of its own.
    var words: [String] {
        paths.base.isEmpty
            ? ["nginx"] : ["nginx", "-p", paths.base, "-e", paths.nginxErrors, "-c", paths.nginxMain]
    }

    var pid: pid_t? {
        guard let bytes = HostDisk.read(paths.nginxPid) else { return nil }
        return pid_t(String(decoding: bytes, as: UTF8.self).trimmedSpaces)
    }

    /// A pid file may be left over: the process has to be an nginx.
    var isRunning: Bool {
        guard let pid, pid > 0, let name = HostDisk.read("/proc/\(pid)/comm") else { return false }
        return String(decoding: name, as: UTF8.self).trimmedSpaces == "nginx"
    }
}
