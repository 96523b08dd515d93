import Glibc

/// A process that has a file open, until it is ended.
final class Holder {
    let pid: pid_t
    private let pipe: UnsafeMutablePointer<FILE>?

    init(_ path: String) {
        pipe = popen("exec 3<'\(path)'; echo $$; exec sleep 300", "r")
        var line = [CChar](repeating: 0, count: 32)
        fgets(&line, 32, pipe)
        pid = pid_t(strtol(line, nil, 10))
    }

    deinit {
        kill(pid, SIGKILL)
        if let pipe { pclose(pipe) }
    }
}
