/// A file of the tree and what it is for a move.
public struct TreeFile: Sendable, Equatable {
    /// Absolute.
    public var path: String
    public var `class`: FileClass
    /// Of all files below where this stands for a folder.
    public var bytes: Int
    /// Files it stands for: 1, or those of a cache folder that is never
    /// listed one by one.
    public var count: Int
    /// The lower twelve bits.
    public var mode: Int
    public var shape: Shape

    public enum Shape: Sendable, Equatable {
        case file
        /// A whole folder: a virtual environment, a cache, `.git`.
        case folder
        /// As the link says it.
        case link(String)
        /// A socket, a pipe or a device; never opened.
        case special
    }

    public init(
        path: String, class: FileClass, bytes: Int, count: Int = 1, mode: Int = 0o600, shape: Shape = .file
    ) {
        self.path = path
        self.class = `class`
        self.bytes = bytes
        self.count = count
        self.mode = mode
        self.shape = shape
    }
}

/// What happens to a file is decided by its class, in this order of care.
public enum FileClass: String, Sendable, CaseIterable {
    /// The database and its side files.
    case state
    case secret
    /// Of a person or a whole host rather than of one worker: `.ssh`,
    /// `.gnupg`, `*.pass`, `~/.letta/.env`.
    case key
    case config
    case code
    case log
    /// Copies that somebody made: `backups/`, `*.bak`, `tmp/`.
    case backup
    /// Made anew on the target: virtual environments, byte code.
    case cache
    /// True only while a process runs: `run/`.
    case volatile
    /// Core dumps.
    case junk
    /// Sockets, pipes, devices.
    case special
    case other

    /// What a move does with it; docs/workers.md has the same words.
    public var fate: Fate {
        switch self {
        case .state, .secret, .config, .code, .other: .moved
        case .cache: .rebuilt
        case .key, .log, .backup: .leftUnlessAsked
        case .volatile, .junk, .special: .left
        }
    }

    public enum Fate: String, Sendable {
        case moved, rebuilt, left
        case leftUnlessAsked = "left-unless-asked"
    }
}

/// Files of one class, counted.
public struct FileTally: Sendable, Equatable {
    public var `class`: FileClass
    public var files: Int
    public var bytes: Int

    /// In the order of `FileClass`; classes without files are left out.
    public static func of(_ files: [TreeFile]) -> [FileTally] {
        FileClass.allCases.compactMap { kind in
            let own = files.filter { $0.class == kind }
            guard !own.isEmpty else { return nil }
            return FileTally(
                class: kind, files: own.reduce(0) { $0 + $1.count },
                bytes: own.reduce(0) { $0 + $1.bytes })
        }
    }
}
