import LettaModel

/// A nightly `ferry host backup run`, as two units of systemd.
public struct BackupTimer: Sendable, Equatable {
    /// The program, absolute.
    public var program: String
    /// Words after `ferry host backup run`.
    public var words: [String]
    /// `03:30`, local time.
    public var time: String
    /// Units of the user's own systemd instead of the machine's.
    public var isOwn: Bool
    /// Where the user's servers and journal are: HOME and XDG folders.
    public var environment: [String: String]
    /// The folder of the units, below the root.
    public var units: String

    public static let service = "ferry-backup.service"
    public static let timer = "ferry-backup.timer"

    /// **Errors**: `host-config-wrong` where a word or a path cannot stand in
    /// a unit, or the time is none.
    public init(
        program: String, words: [String], time: String, isOwn: Bool, environment: [String: String],
        units: String
    ) throws {
        self.program = program
        self.words = words
        self.time = time
        self.isOwn = isOwn
        self.environment = environment
        self.units = units
        for text in [program, units] + words + environment.values where text.contains(where: Self.isControl) {
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
            DesiredFile("\(units)/\(Self.service)", serviceText),
            DesiredFile("\(units)/\(Self.timer)", timerText),
        ]
    }

    private var serviceText: String {
        let command = ([program, "host", "backup", "run"] + words).map { Self.quoted($0) }.joined(
            separator: " ")
        let variables = environment.sorted { $0.key < $1.key }
            .map { "Environment=" + Self.quoted("\($0.key)=\($0.value)", expandsDollar: false) }
        return """
            [Unit]
            Description=Snapshots of Letta agents by ferry
            Wants=network-online.target
            After=network-online.target

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
