import LettaModel
import LosslessJSON

/// What is left of a job of the night, and how systemd saw it end.
public struct NightSight: Sendable, Equatable {
    /// Where its files lie.
    public var folder: String
    /// systemd's word of the last run since the start of the machine:
    /// `success`, `exit-code`, `timeout`; nil where it was not asked.
    public var result: String?
    /// Of the newest, in seconds since 1970; nil where there is none.
    public var newest: Int?
    /// What its own record says against it.
    public var trouble: String?
    /// The folder could not be looked into.
    public var isHidden = false

    static let units = "/etc/systemd/system"

    public init(_ folder: String, result: String?, newest: Int?, trouble: String? = nil) {
        self.folder = folder
        self.result = result
        self.newest = newest
        self.trouble = trouble
    }

    // MARK: dumps of the database

    /// Nil where ferry's timer is not there.
    init?(dumps ground: any Ground) {
        guard ground.mode(of: "\(Self.units)/letta-dump.timer") != nil else { return nil }
        let folder = "/var/backups/letta"
        self.init(
            folder, result: Self.result("letta-dump.service", ground),
            newest: ground.names(in: folder).compactMap(Self.time).max())
        isHidden = ground.mode(of: folder) != nil && !ground.lists(folder)
    }

    /// `letta-2026-05-02T031000Z.dump`.
    static func time(ofDump name: String) -> Int? {
        guard let parts = name.wholeMatch(of: /letta-(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)Z\.dump/)
        else { return nil }
        return Instant("\(parts.1)T\(parts.2):\(parts.3):\(parts.4)Z").map {
            Int($0.microseconds / 1_000_000)
        }
    }

    // MARK: snapshots of the agents

    /// Nil where `ferry host backup install` was not run.
    init?(backups ground: any Ground) {
        guard let unit = ground.text(of: "\(Self.units)/ferry-backup.service"),
            let folder = Self.word(after: "--into", in: unit)
        else { return nil }
        self.init(folder, result: Self.result("ferry-backup.service", ground), newest: nil)
        isHidden = ground.mode(of: folder) != nil && !ground.lists(folder)
        guard let text = ground.text(of: "\(folder)/last-run.json"),
            let record = try? JSONDocument(Array(text.utf8)).root
        else { return }
        newest = record["finished_at"]?.string.flatMap { Instant($0) }.map {
            Int($0.microseconds / 1_000_000)
        }
        trouble = Self.trouble(record)
    }

    private static func trouble(_ record: JSONValue) -> String? {
        if let reason = record["error"]?["reason"]?.string { return "it saved nothing: \(reason)" }
        let agents = record["agents"]?.elements ?? []
        let lost = agents.filter { $0["error"]?["reason"]?.string != nil }
        if let first = lost.first?["agent"]?.string {
            return "\(lost.count) of \(agents.count) agents were not saved, \(first) among them"
        }
        return record["drill"]?["is_proved"]?.bool == false ? "the restore that it tried failed" : nil
    }

    /// From a command as ferry writes it into a unit: each word in quotes.
    static func word(after flag: String, in unit: String) -> String? {
        guard let line = unit.split(separator: "\n").first(where: { $0.hasPrefix("ExecStart=") }),
            let start = line.firstRange(of: "\"\(flag)\" \"")
        else { return nil }
        var word = ""
        var isEscaped = false
        for character in line[start.upperBound...] {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                return word.replacing("%%", with: "%").replacing("$$", with: "$")
            } else {
                word.append(character)
            }
        }
        return nil
    }

    private static func result(_ unit: String, _ ground: any Ground) -> String? {
        let answer = ground.output(of: ["systemctl", "show", "-p", "Result", "--value", unit])
        guard let answer, answer.status == 0 else { return nil }
        return answer.text.trimmedLine.isEmpty ? nil : answer.text.trimmedLine
    }
}

/// A unit of a worker that was moved here, and the Python that it starts.
public struct WorkerPython: Sendable, Equatable {
    /// `broca@ada`.
    public var unit: String
    public var python: String
    public var isThere: Bool
    /// Files of pip's that say what goes into it.
    public var lists: [String]

    public init(_ unit: String, python: String, isThere: Bool, lists: [String] = []) {
        self.unit = unit
        self.python = python
        self.isThere = isThere
        self.lists = lists
    }

    static func all(_ ground: any Ground) -> [WorkerPython] {
        ground.names(in: NightSight.units).filter {
            ($0.hasPrefix("broca@") || $0.hasPrefix("smcp@")) && $0.hasSuffix(".service")
        }.compactMap { of(String($0.dropLast(".service".count)), ground) }
    }

    private static func of(_ name: String, _ ground: any Ground) -> WorkerPython? {
        let lines = (ground.text(of: "\(NightSight.units)/\(name).service") ?? "").split(separator: "\n")
        func value(_ key: String) -> String? {
            lines.first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
        }
        guard let folder = value("WorkingDirectory"), ground.mode(of: folder) != nil,
            let python = value("ExecStart")?.split(separator: " ").first.map(String.init),
            python.hasSuffix("/bin/python")
        else { return nil }
        let home = folder.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        let recorded = "\(home)/ferry-packages.txt"
        let own = ["broca", "smcp"].map { "\(home)/\($0)/requirements.txt" }
        let lists = ground.mode(of: recorded) != nil ? [recorded] : own.filter { ground.mode(of: $0) != nil }
        return WorkerPython(
            name, python: python, isThere: ground.mode(of: python) != nil, lists: lists)
    }
}
