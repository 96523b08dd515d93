import Glibc
import LettaModel

/// A program of the host, run to its end without a shell.
struct Tool: Sendable {
    var words: [String]
    var environment: [String: String] = [:]
    var inherits = Inheritance.essentials

    /// What of ferry's own environment a program is given: it may hold
    /// passwords, and a daemon would keep them.
    enum Inheritance: Sendable {
        case essentials
        /// Also proxies, authorities and package indexes, for what downloads.
        case network
    }

    struct Result: Sendable {
        let status: Int32
        /// Both streams as they came, cut at the bound.
        let text: String
        var isCut = false
        /// It was ended, since it had not ended by itself in time.
        var isOutOfTime = false

        var succeeded: Bool { status == 0 }
        /// The last lines that are not empty, for an error.
        var lastWords: String {
            text.split(separator: "\n").suffix(3).joined(separator: "; ")
        }
    }

    /// Nil where it is not installed. Blocks the thread.
    ///
    /// **Bounds**: `seconds` at most, then it is killed (status 124); what it
    /// says is kept up to `limit` bytes.
    func run(seconds: Int = 60, limit: Int = 256 << 10) -> Result? {
        guard let path = Self.path(of: words.first ?? "") else { return nil }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return Result(status: 126, text: "no pipe") }
        defer { close(ends[0]) }
        let started = start(path, output: ends[1])
        close(ends[1])
        guard let pid = started else { return Result(status: 126, text: "cannot be started") }
        let (bytes, inTime) = Self.listen(ends[0], seconds: seconds, limit: limit, pid)
        if !inTime { kill(-pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return Result(
            status: !inTime ? 124 : status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F),
            text: String(decoding: bytes.prefix(limit), as: UTF8.self), isCut: bytes.count > limit,
            isOutOfTime: !inTime)
    }

    /// A daemon may keep the pipe: after the program's end one more moment is
    /// waited for.
    private static func listen(_ file: Int32, seconds: Int, limit: Int, _ pid: pid_t) -> ([UInt8], Bool) {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        let end = now() + Double(seconds)
        while now() < end {
            var polled = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            if poll(&polled, 1, 50) > 0 {
                let count = read(file, &piece, piece.count)
                if count <= 0 { return (bytes, true) }
                if bytes.count <= limit { bytes += piece[..<count] }
            } else if hasEnded(pid) {
                return (bytes, true)
            }
        }
        return (bytes, false)
    }

    private static func hasEnded(_ pid: pid_t) -> Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, Int32(WEXITED | WNOHANG | WNOWAIT)) == 0
            && info._sifields._kill.si_pid == pid
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    private func start(_ path: String, output: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // A daemon that is started here must hold nothing of this process.
        for descriptor in Int32(3)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var variables =
            Self.given(Self.own, environment, inherits).map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { variables.forEach { free($0) } }
        var pid = pid_t()
        return posix_spawn(&pid, path, &actions, &attributes, &arguments, &variables) == 0 ? pid : nil
    }

    private static let essentials: Set = [
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
    ]
    private static let network: Set = [
        "http_proxy", "https_proxy", "no_proxy", "all_proxy", "ssl_cert_file", "ssl_cert_dir",
        "requests_ca_bundle", "curl_ca_bundle",
    ]

    /// The environment of a program.
    static func given(_ own: [String: String], _ added: [String: String], _ inherits: Inheritance)
        -> [String: String]
    {
        let kept = own.filter { name, _ in
            essentials.contains(name)
                || inherits == .network
                    && (network.contains(name.lowercased()) || name.hasPrefix("PIP_")
                        || name.hasPrefix("UV_"))
        }
        return kept.merging(["LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"]) { $1 }.merging(added) { $1 }
    }

    private static var own: [String: String] {
        var all: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { all[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return all
    }

    /// In the folders of a root's PATH.
    static func path(of name: String) -> String? {
        if name.hasPrefix("/") { return access(name, X_OK) == 0 ? name : nil }
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(
            String.init)
        return (folders + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]).map { "\($0)/\(name)" }.first {
            access($0, X_OK) == 0
        }
    }
}
