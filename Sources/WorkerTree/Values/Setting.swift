public import LettaModel

/// A setting as the program would see it, and where that comes from.
public struct Setting: Sendable, Equatable {
    public var key: String
    /// nil where nothing sets it and the program has no value of its own.
    public var value: SettingValue?
    public var role: SettingRole
    public var origin: SettingOrigin
    /// Other places that set the same key and lose, the strongest first.
    public var shadowed: [Shadowed]

    public init(
        key: String, value: SettingValue?, role: SettingRole, origin: SettingOrigin,
        shadowed: [Shadowed] = []
    ) {
        self.key = key
        self.value = value
        self.role = role
        self.origin = origin
        self.shadowed = shadowed
    }

    public struct Shadowed: Sendable, Equatable {
        public var origin: SettingOrigin
        public var value: SettingValue
        /// The same value as the one that wins.
        public var isEqual: Bool

        public init(origin: SettingOrigin, value: SettingValue, isEqual: Bool) {
            self.origin = origin
            self.value = value
            self.isEqual = isEqual
        }
    }
}

/// Printed, a secret is its length.
public enum SettingValue: Sendable, Equatable, CustomStringConvertible {
    case plain(String)
    case secret(Secret)

    /// The value itself, for the one place that writes or compares it.
    public var text: String {
        switch self {
        case .plain(let text): text
        case .secret(let secret): secret.reveal()
        }
    }

    public var isSecret: Bool {
        if case .secret = self { true } else { false }
    }

    public var isEmpty: Bool { text.isEmpty }

    /// Fit to be shown: a URL without the name and password in it.
    public var description: String {
        switch self {
        case .plain(let text): ShownURL.shown(text)
        case .secret(let secret): secret.description
        }
    }
}

/// What a value is for, which decides what a move does with it.
public enum SettingRole: String, Sendable, CaseIterable {
    case agentID = "agent-id"
    case serverURL = "server-url"
    /// Lets the worker into the Letta server.
    case serverToken = "server-token"
    /// A channel's, a bridge's or a tool's own secret.
    case secret
    case url
    case path
    case config
    /// Named in documents, read by no code.
    case unread
    /// Nothing is known of it: a plugin may read it. Shown as a secret.
    case unknown
}

public enum SettingOrigin: Sendable, Equatable, Hashable {
    /// The environment that a running process was started with.
    case process(pid: Int)
    /// `Environment=`, or a line of a file that `EnvironmentFile=` names.
    case unit(path: String, line: Int)
    case pm2(path: String)
    case startScript(path: String, line: Int)
    case envFile(path: String, line: Int)
    /// Broca's `settings.json`.
    case settingsFile(path: String)
    /// The program's own value.
    case builtIn

    public var kind: String {
        switch self {
        case .process: "process"
        case .unit: "unit"
        case .pm2: "pm2"
        case .startScript: "start-script"
        case .envFile: "env-file"
        case .settingsFile: "settings-file"
        case .builtIn: "built-in"
        }
    }

    public var path: String? {
        switch self {
        case .unit(let path, _), .pm2(let path), .startScript(let path, _), .envFile(let path, _),
            .settingsFile(let path):
            path
        case .process, .builtIn: nil
        }
    }

    public var line: Int? {
        switch self {
        case .unit(_, let line), .startScript(_, let line), .envFile(_, let line): line
        case .process, .pm2, .settingsFile, .builtIn: nil
        }
    }
}

/// A dotenv file on the way from a program's folder to `/`.
public struct EnvFileFacts: Sendable, Equatable {
    public var path: String
    public var mode: Int
    /// The first one that is found is read, the others are not.
    public var isRead: Bool
    public var hasByteOrderMark: Bool
    public var hasCarriageReturns: Bool
    /// Keys that it sets, in order, duplicates included.
    public var keys: [String]
    /// Lines that dotenv can't read.
    public var brokenLines: [Int]
    /// Keys whose values name other variables.
    public var expanding: [String]
}

/// Something that starts a worker, and the environment it gives.
public struct Starter: Sendable, Equatable {
    public enum Kind: String, Sendable { case unit, pm2, script, cron }

    public var kind: Kind
    public var path: String
    /// The folder it starts in, where it says so.
    public var workFolder: String?
    /// Files that it reads values from.
    public var environmentFiles: [String]
    /// Keys that it sets.
    public var keys: [String]
    /// It reads a file in a way that breaks at spaces, quotes and `#`.
    public var splitsAtSpaces: Bool

    public init(
        kind: Kind, path: String, workFolder: String? = nil, environmentFiles: [String] = [],
        keys: [String] = [], splitsAtSpaces: Bool = false
    ) {
        self.kind = kind
        self.path = path
        self.workFolder = workFolder
        self.environmentFiles = environmentFiles
        self.keys = keys
        self.splitsAtSpaces = splitsAtSpaces
    }
}

/// URLs as they may be shown and kept.
public enum ShownURL {
    /// Without what may be a password: `https://name:password@host/path?key=…`
    /// keeps its scheme, host and path. Anything else stays as it is.
    public static func shown(_ text: String) -> String {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return text }
        let authority = parts[1].prefix { !"/?#".contains($0) }
        let host = authority.lastIndex(of: "@").map { "<login>\(authority[$0...])" } ?? String(authority)
        let rest = parts[1].dropFirst(authority.count)
        let path = rest.prefix { $0 != "?" && $0 != "#" }
        return "\(parts[0])://\(host)\(path)" + (path.count < rest.count ? "?…" : "")
    }
}
