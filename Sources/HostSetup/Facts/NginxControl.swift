import Glibc
import LettaModel

/// The host's nginx: how it is called, whether it runs, and what it is told.
struct NginxControl: Sendable {
    let config: HostConfig
    let paths: HostPaths
    var systemd = Systemd()

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

    private var usesSystemd: Bool { config.services == "systemd" && paths.base.isEmpty }

    /// **Errors**: `host-step-failed` with nginx's own sentence.
    func test() throws { try run(words + ["-t"], "nginx -t") }

    func startOrReload() throws {
        if isRunning {
            try run(
                usesSystemd ? [systemd.program, "reload", "nginx"] : words + ["-s", "reload"],
                "nginx's reload")
        } else {
            try run(usesSystemd ? [systemd.program, "start", "nginx"] : words, "nginx's start")
        }
    }

    /// By its pid: its files may be gone already.
    func stop() throws {
        guard isRunning, let pid else { return }
        if usesSystemd {
            try run([systemd.program, "stop", "nginx"], "nginx's stop")
        } else {
            kill(pid, SIGTERM)
        }
        for _ in 0..<100 where isRunning { usleep(50_000) }
        guard !isRunning else {
            throw Failure(
                .hostStepFailed, subject: "nginx", reason: "does not stop; its process is \(pid)",
                remedy: "look at it: ps -fp \(pid)")
        }
    }

    private func run(_ words: [String], _ what: String) throws {
        guard let result = Tool(words: words).run(seconds: 90) else {
            throw Failure(
                .hostStepFailed, subject: what, reason: "\(words[0]) is not installed",
                remedy: "apt-get install nginx")
        }
        guard result.succeeded else {
            throw Failure(
                .hostStepFailed, subject: what, reason: result.lastEmergency,
                remedy: "look at it: \(words.joined(separator: " "))")
        }
    }
}
