import WorkerFixtures

/// A folder for one test, gone with the value.
final class Temporary {
    let path: String

    init() throws { path = try Disk.temporaryFolder() }

    deinit { Disk.removeTree(path) }
}
