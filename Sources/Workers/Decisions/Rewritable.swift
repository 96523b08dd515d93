import LettaModel
import WorkerTree

/// Which files may be changed: settings, secrets, and what starts a worker.
/// A program's own code is never rewritten; what it holds of the old place is
/// reported instead.
enum Rewritable {
    private static let endings = [
        ".sh", ".service", ".timer", ".conf", ".cfg", ".ini", ".toml", ".yaml", ".yml", ".json", ".env",
        ".cron",
    ]

    static func `is`(_ file: TreeFile, _ view: TreeView) -> Bool {
        guard file.shape == .file, file.bytes < 4 << 20, !view.databaseFiles.contains(file.path) else {
            return false
        }
        switch file.class {
        case .config, .secret, .other: return true
        // A pass file or a key holds nothing of a place.
        case .key: return file.path.hasSuffix(".env")
        case .code:
            let starters = view.inventory.workers.flatMap(\.starters).map(\.path)
            return starters.contains(file.path) || endings.contains { file.path.hasSuffix($0) }
        default: return false
        }
    }
}
