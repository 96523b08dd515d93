import Glibc
import LettaModel
import Snapshot
import Testing

@Suite struct SnapshotModeTests {
    @Test func `a file that others could read is closed to them before anything is written`() async throws {
        let folder = "/tmp/ferry-mode-\(getpid())"
        mkdir(folder, 0o700)
        let path = folder + "/a.ferry"
        defer {
            unlink(path)
            rmdir(folder)
        }
        close(open(path, O_CREAT | O_WRONLY, 0o644))
        chmod(path, 0o644)
        try await withSnapshot(at: path, .resumeOrCreate) { _ in }
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }
}
