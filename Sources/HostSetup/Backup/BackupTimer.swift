import LettaModel

/// A nightly `ferry host backup run`, as two units of systemd.
public struct BackupTimer: Sendable, Equatable {
    /// The program, absolute.
    public var program: String
    /// Words after `ferry host backup run`.
    public var words: [String]
    /// `03:30`, local time.
    public var time: String
    /// A line of the shell that is run when a night has failed; nil for none.
    public var onFailure: String?
    /// Units of the user's own systemd instead of the machine's.
    public var isOwn: Bool
    /// Where the user's servers and journal are: HOME and XDG folders.
    public var environment: [String: String]
    /// The folder of the units, below the root.
    public var units: String

    public static let service = "ferry-backup.service"
    public static let timer = "ferry-backup.timer"
    public static let failed = "ferry-backup-failed.service"

    /// **Errors**: `host-config-wrong` where a word or a path cannot stand in
    /// a unit, or the time is none.
    public init(
        program: String, words: [String], time: String, onFailure: String? = nil, isOwn: Bool,
        environment: [String: String], units: String
    ) throws {
        self.program = program
        self.words = words
        self.time = time
        self.onFailure = onFailure
        self.isOwn = isOwn
        self.environment = environment
        self.units = units
        for text in [program, units, onFailure ?? ""] + words + environment.values
        where text.contains(where: Self.isControl) {
            throw Self.wrong(text, "holds a line end or another control character")
        }
        guard Self.isTime(time) else { throw Self.wrong(time, "is no time of a day, such as 03:30") }
    }

    private static func isControl(_ character: Character) -> Bool {
        character.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private static func isTime(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isASCII) }),
            let hour = Int(parts[0]), let minute = Int(parts[1])
        else { return false }
        return (0..<24).contains(hour) && (0..<60).contains(minute)
    }

    private static func wrong(_ text: String, _ reason: String) -> Failure {
        Failure(
            .hostConfigWrong, subject: text.filter { !isControl($0) }, reason: reason,
            remedy: "ferry help host backup install")
    }

    // MARK: Units

    var files: [DesiredFile] {
        [
            DesiredFile("\(units)/\(Self.service)", serviceText)
        ]
            + (onFailure.map { [DesiredFile("\(units)/\(Self.failed)", failedText($0))] } ?? []) + [
                DesiredFile("\(units)/\(Self.timer)", timerText)
            ]
    }

    private var serviceText: String {
        let command = Self.line([program, "host", "backup", "run"] + words)
        return """
            [Unit]
            Description=Snapshots of Letta agents by ferry
            Wants=network-online.target
            After=network-online.target
            \(onFailure == nil ? "" : "OnFailure=\(Self.failed)\n")
            [Service]
            Type=oneshot
            \((variables + ["ExecStart=" + command]).joined(separator: "\n"))
            UMask=0077
            NoNewPrivileges=yes
            ProtectSystem=full
            PrivateTmp=yes
            RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
            TimeoutStartSec=12h

            """
    }

    private var variables: [String] {
        environment.sorted { $0.key < $1.key }
            .map { "Environment=" + Self.quoted("\($0.key)=\($0.value)", expandsDollar: false) }
    }

    private static func line(_ words: [String]) -> String {
        words.map { quoted($0) }.joined(separator: " ")
    }

    /// systemd runs it however the night has ended, also where ferry was
    /// killed and could say nothing, and says how in MONITOR_SERVICE_RESULT.
    private func failedText(_ hook: String) -> String {
        let into = words.firstIndex(of: "--into").map { words[$0 + 1] } ?? ""
        let status = "\(ShellWord.quoted(program)) host backup status --into \(ShellWord.quoted(into))"
        let script =
            "export FERRY_BACKUP=\"the nightly backup failed: ${MONITOR_SERVICE_RESULT:-unknown}; $(\(status))\""
            + " FERRY_BACKUP_FILE=\(ShellWord.quoted(into + "/last-run.json"))"
            + "; exec /bin/sh -c \(ShellWord.quoted(hook))"
        return """
            [Unit]
            Description=Tells that the nightly snapshots failed

            [Service]
            Type=oneshot
            \((variables + ["ExecStart=" + Self.line(["/bin/sh", "-c", script])]).joined(separator: "\n"))
            TimeoutStartSec=10min

            """
    }

    private var timerText: String {
        """
        [Unit]
        Description=Nightly snapshots of Letta agents by ferry

        [Timer]
        OnCalendar=*-*-* \(time):00
        RandomizedDelaySec=10min
        Persistent=yes

        [Install]
        WantedBy=timers.target

        """
    }

    /// A word as systemd reads it: `%` begins a specifier everywhere, `$` a
    /// variable in a command.
    static func quoted(_ word: String, expandsDollar: Bool = true) -> String {
        let plain = word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
            "%", with: "%%")
        return "\"\(expandsDollar ? plain.replacing("$", with: "$$") : plain)\""
    }
}
