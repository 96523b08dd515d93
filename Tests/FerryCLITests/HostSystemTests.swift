import Glibc
import Testing
import WorkerFixtures

/// `ferry host apply` on the paths and ports of a real host, in namespaces of
/// its own: Namespace/host.sh says what is real there and what is not.
@Suite struct HostSystemTests {
    /// Overlays and a network of one's own are root's, and not everywhere.
    private static let isPossible: Bool = {
        let line =
            "unshare -mn sh -c 'mount -t tmpfs tmpfs /run && nft list ruleset && command -v nginx setpriv'"
        return geteuid() == 0 && system("\(line) >/dev/null 2>&1") == 0
    }()

    @Test(.enabled(if: isPossible, "needs root, unshare, nft and nginx"), .timeLimit(.minutes(5)))
    func `a host is set up on its real paths and ports, and taken back`() async throws {
        let folder = try Disk.temporaryFolder()
        defer { Disk.removeTree(folder) }
        let script = "\(Repository.path)/Tests/FerryCLITests/Namespace/host.sh"
        let ended = try await ChildProcess(
            command:
                "unshare -mn \(script) \(BuiltProgram.folder)/ferry \(BuiltProgram.folder)/scripted-letta \(folder)",
            folder: folder, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"],
            limit: 240
        ).run()
        #expect(ended.status == 0, "\(ended.output.suffix(2000))\(ended.errors.suffix(2000))")
        #expect(ended.output.hasSuffix("all is so\n"))
    }
}
