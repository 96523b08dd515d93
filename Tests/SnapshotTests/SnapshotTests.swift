// SnapshotTests
