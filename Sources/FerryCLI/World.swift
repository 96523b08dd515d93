import Glibc
import LettaModel

/// The world outside as one value: environment, folders, terminal, clock.
/// Commands touch nothing of it in another way.
struct World: Sendable {
    let environment: [String: String]
    let terminal: Terminal
    let options: GlobalOptions

    init(environment: [String: String], options: GlobalOptions) {
        self.environment = environment
        self.options = options
        terminal = Terminal(environment: environment, forbidsColor: options.forbidsColor)
    }

    /// `$XDG_CONFIG_HOME/ferry`: the list of servers.
    func configFolder() throws -> String { try folder("XDG_CONFIG_HOME", or: ".config") }

    /// `$XDG_DATA_HOME/ferry`: snapshots made by `move`.
    func dataFolder() throws -> String { try folder("XDG_DATA_HOME", or: ".local/share") }

    /// `$XDG_STATE_HOME/ferry`: the journal and the run folders.
    func stateFolder() throws -> String { try folder("XDG_STATE_HOME", or: ".local/state") }

    private func folder(_ variable: String, or fallback: String) throws -> String {
        if let base = environment[variable], base.hasPrefix("/") { return base + "/ferry" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw Failure(
                .configUnreadable, subject: "HOME",
                reason: "is not set, so there is no place for ferry's files",
                remedy: "set HOME, or \(variable), to an absolute path")
        }
        return "\(home)/\(fallback)/ferry"
    }

    /// Seconds since 1970.
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    static func processEnvironment() -> [String: String] {
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { found[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return found
    }
}

/// The flags that every command takes.
struct GlobalOptions: Sendable {
    var isJSON = false
    var forbidsColor = false
    var isQuiet = false
    var isVerbose = false

    static let flags: [FlagSpec] = [
        FlagSpec(name: "json", help: "print the result as JSON, and progress as JSON lines on stderr"),
        FlagSpec(
            name: "no-color",
            help: "print no colours (also: NO_COLOR, TERM=dumb, a stream that is no terminal)"),
        FlagSpec(name: "quiet", short: "q", help: "print no progress"),
        FlagSpec(name: "verbose", short: "v", help: "print each request, and the error below an error"),
        FlagSpec(name: "help", short: "h", help: "explain the command"),
    ]

    init(_ invocation: Invocation) {
        isJSON = invocation.has("json")
        forbidsColor = invocation.has("no-color")
        isQuiet = invocation.has("quiet")
        isVerbose = invocation.has("verbose")
    }

    /// What can be told from words that are not parsed yet.
    init(before words: [String]) {
        let own = words.prefix { $0 != "--" }
        isJSON = own.contains("--json")
        forbidsColor = own.contains("--no-color")
    }
}
