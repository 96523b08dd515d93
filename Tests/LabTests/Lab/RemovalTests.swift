import Glibc
import Testing

/// A test once emptied a folder of the machine through a link in a tree of
/// its own.
@Suite struct RemovalTests {
    @Test func `what links point to stays when a folder of the tests is removed`() throws {
        let kept = try Files.folder()
        let removed = try Files.folder()
        try Files.write(Array("kept".utf8), to: kept + "/file")
        symlink(kept, removed + "/link")
        Files.removeTree(removed)
        #expect(access(removed, F_OK) != 0)
        #expect(access(kept + "/file", F_OK) == 0)
        Files.removeTree(kept)
    }
}
