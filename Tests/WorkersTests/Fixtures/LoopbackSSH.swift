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

    /// Ports below those that the kernel gives to clients; one that is taken
    /// all the same is left for another.
    private static let ports = 20_000...32_000

    /// What a host has to offer; its PATH is a folder with nothing else.
    enum Offer {
        case everything, sqliteAlone, neither
        /// A login that may read files, and look into nobody's processes.
        case stranger, strangerWithSqliteAlone

        var hasEverything: Bool { self == .everything || self == .stranger }
        var isStranger: Bool { self == .stranger || self == .strangerWithSqliteAlone }
    }

    private let offer: Offer

    init(_ offer: Offer = .everything) throws {
        self.offer = offer
        try PrivateTree.makeFolder(folder)
        mkdir("/run/sshd", 0o755)
        for key in ["host", "user"] {
            _ = try Command(words: ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)"])
                .run()
        }
        for _ in 0..<5 {
            let words = try start(on: Int.random(in: Self.ports))
            if try answers(words) {
                setenv("FERRY_SSH", words, 1)
                return
            }
            stop()
        }
        throw Silent()
    }

    struct Silent: Error {}

    private func environment() throws -> String {
        let login =
            offer.isStranger
            ? "ForceCommand exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n"
            : ""
        guard !offer.hasEverything else { return login }
        let bin = folder + "/bin"
        try PrivateTree.makeFolder(bin)
        let tools =
            "sh rsync find xargs stat sha256sum base64 sort readlink mkdir chmod rmdir mv rm cat tr sync true grep"
        let names =
            tools.split(separator: " ").map(String.init) + (offer == .neither ? [] : ["sqlite3"])
            + (offer.isStranger ? ["setpriv"] : [])
        for tool in names {
            let found = ["/usr/bin/", "/bin/"].map { $0 + tool }.first { access($0, X_OK) == 0 }
            if let found { symlink(found, "\(bin)/\(tool)") }
        }
        if offer.isStranger { chmod(folder, 0o755); chmod(bin, 0o755) }
        return login + "SetEnv PATH=\(bin)"
    }

    /// - Returns: the command that reaches it.
    private func start(on port: Int) throws -> String {
        let settings = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(folder)/host
            AuthorizedKeysFile \(folder)/user.pub
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            MaxStartups 100
            PidFile \(folder)/pid
            \(try environment())

            """
        try PrivateTree.write(Array(settings.utf8), to: folder + "/config-\(port)")
        var arguments =
            (["/usr/sbin/sshd", "-D", "-f", folder + "/config-\(port)"] as [String]).map { strdup($0) } + [
                nil
            ]
        defer { arguments.forEach { free($0) } }
        posix_spawn(&pid, "/usr/sbin/sshd", nil, nil, &arguments, environ)
        return
            "ssh -F /dev/null -p \(port) -i \(folder)/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
            + "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    }

    private func answers(_ words: String) throws -> Bool {
        for _ in 0..<100 {
            let command = words.split(separator: " ").map(String.init) + [Self.host, "true"]
            if try Command(words: command).run().status == 0 { return true }
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                pid = 0
                return false
            }
            usleep(100_000)
        }
        return false
    }

    private func stop() {
        guard pid > 0 else { return }
        kill(pid, SIGTERM)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        pid = 0
    }

    deinit {
        stop()
        unsetenv("FERRY_SSH")
        try? PrivateTree.remove(folder)
    }
}
