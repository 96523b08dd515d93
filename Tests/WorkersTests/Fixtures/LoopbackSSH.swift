import Glibc

@testable import Workers

/// A real sshd on loopback with keys of its own, for as long as it lives.
final class LoopbackSSH {
    let folder = "/tmp/ferry-sshd-\(UInt64.random(in: 0...UInt64.max))"
    private var pid: pid_t = 0

    /// What is missing; nil where a test can run.
    static var lack: String? {
        for path in ["/usr/sbin/sshd", "/usr/bin/rsync", "/usr/bin/ssh"] where access(path, X_OK) != 0 {
            return "\(path) is missing: apt-get install openssh-server openssh-client rsync"
        }
        return getuid() == 0 ? nil : "sshd on loopback needs root"
    }

    /// `user@host` of this machine.
    static let host = "root@127.0.0.1"

    init() throws {
        let port = Int.random(in: 11_000...31_000)  // below what connections take
        try PrivateTree.makeFolder(folder)
        mkdir("/run/sshd", 0o755)
        for key in ["host", "user"] {
            _ = try Command(words: ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)"])
                .run()
        }
        let settings = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(folder)/host
            AuthorizedKeysFile \(folder)/user.pub
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            PidFile \(folder)/pid

            """
        try PrivateTree.write(Array(settings.utf8), to: folder + "/config")
        var arguments =
            (["/usr/sbin/sshd", "-D", "-f", folder + "/config"] as [String]).map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        posix_spawn(&pid, "/usr/sbin/sshd", nil, nil, &arguments, environ)
        let words =
            "ssh -F /dev/null -p \(port) -i \(folder)/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
            + "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        setenv("FERRY_SSH", words, 1)
        for _ in 0..<50 {
            if try Command(words: words.split(separator: " ").map(String.init) + [Self.host, "true"]).run()
                .status == 0
            {
                return
            }
            usleep(100_000)
        }
    }

    deinit {
        if pid > 0 { kill(pid, SIGTERM) }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        unsetenv("FERRY_SSH")
        try? PrivateTree.remove(folder)
    }
}
