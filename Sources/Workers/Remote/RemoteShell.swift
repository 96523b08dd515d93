import LettaModel

/// The work on a host without python3: its own sh, coreutils, findutils and
/// sqlite3. Texts go in as octal escapes on stdin and come out with a zero
/// byte behind each, so that no name of a file can be taken for a word of the
/// program.
struct RemoteShell: Sendable {
    let host: RemoteHost

    // MARK: Asking

    /// - Parameter values: `$1`, `$2` … of the program.
    /// - Returns: what it printed; nil where it ended with `missing`.
    private func run(_ program: String, _ values: [String], missing: Int = -1) throws -> [UInt8]? {
        var text = "LC_ALL=C; export LC_ALL; umask 077\n"
        for (number, value) in values.enumerated() {
            text += "v\(number)=$(printf '%b' '\(Self.octal(value))x'); v\(number)=${v\(number)%x}\n"
        }
        text +=
            "set -- " + values.indices.map { "\"$v\($0)\"" }.joined(separator: " ") + "\n" + program + "\n"
        let result = try Command(words: host.ssh + [host.name, "sh -s"], input: Array(text.utf8)).run()
        if Int(result.status) == missing { return nil }
        guard result.status == 0 else { throw refused(result, values.first ?? "") }
        return result.output
    }

    private func refused(_ result: Command.Result, _ path: String) -> Failure {
        guard result.status != 255 else { return host.failed(result) }
        let words = result.errors.split(separator: "\n").last.map(String.init) ?? "status \(result.status)"
        return Failure(
            .remoteFailed, subject: "\(host.name):\(path)", reason: words,
            remedy: "check the path and its permissions there: ssh \(host.name)", end: host.end)
    }

    private static func octal(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 8)
            return "\\0" + String(repeating: "0", count: 3 - digits.count) + digits
        }.joined()
    }

    /// Texts with a zero byte behind each.
    private static func texts(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    // MARK: Folders

    func isFree(_ path: String) throws -> Bool {
        let program = """
            if [ -L "$1" ]; then echo no
            elif [ ! -e "$1" ]; then echo yes
            elif [ -d "$1" ] && [ -z "$(find "$1" -mindepth 1 -maxdepth 1 -print -quit)" ]; then echo yes
            else echo no; fi
            """
        return try run(program, [path]).map { $0.starts(with: "yes".utf8) } ?? false
    }

    func makeFolder(_ path: String) throws {
        _ = try run("mkdir -p -- \"$1\" && chmod 700 -- \"$1\"", [path])
    }

    func move(_ path: String, to new: String) throws {
        let program = """
            if [ -d "$2" ] && [ ! -L "$2" ]; then rmdir -- "$2" || exit 1; fi
            mv -T -- "$1" "$2"
            """
        _ = try run(program, [path, new])
    }

    func removeFolder(_ path: String) throws {
        _ = try run("if [ -d \"$1\" ] && [ ! -L \"$1\" ]; then rm -rf -- \"$1\"; fi", [path])
    }

    func manifest(_ path: String) throws -> Manifest? {
        let program = """
            [ -d "$1" ] && [ ! -L "$1" ] || exit 66
            cd -- "$1" || exit 1
            find . -mindepth 1 -type d -printf '/\\0%P\\0'
            find . -type l -printf '-> %l\\0%P\\0'
            find . -type f -printf '%P\\0' | xargs -0 -r sha256sum -z --
            """
        guard let output = try run(program, [path], missing: 66) else { return nil }
        var entries: [String: String] = [:]
        var rest = Self.texts(output)[...]
        while let first = rest.popFirst() {
            if first == "/" || first.hasPrefix("-> ") {
                if let place = rest.popFirst() { entries[place] = first }
            } else {
                entries[String(first.dropFirst(66))] = String(first.prefix(64))
            }
        }
        return Manifest(entries: entries)
    }

    // MARK: Databases

    func opens(_ path: String) throws -> Bool {
        let name = path.utf8.map { byte in
            let isPlain =
                byte == 0x2F || byte == 0x2D || byte == 0x2E || byte == 0x5F
                || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + Hex.text([byte])
        }.joined()
        let program = "sqlite3 -batch \"$1\" 'PRAGMA quick_check(1)' </dev/null"
        return try run(program, ["file:\(name)?immutable=1"]).map { $0.starts(with: "ok".utf8) } ?? false
    }

    func look(_ path: String, skipping: [String]) throws -> RemoteHost.Look {
        let skipped = skipping.map { "-name '\($0)'" }.joined(separator: " -o ")
        let program = """
            r=$(readlink -f -- "$1") && [ -d "$r" ] || { echo 'there is no such folder' >&2; exit 1; }
            printf '%s\\0' "$r" "$HOME"
            cd -- "$r" || exit 1
            find . -mindepth 1 \\( -type d \\( \(skipped) \\) -prune \\) -o ! -type d ! -name '*-shm' \\
              -printf '%P %s %T@ %i %m\\0' | sort -z | sha256sum | tr -d '\\n -'
            printf '\\0'
            """
        let texts = try run(program, [path]).map(Self.texts) ?? []
        guard texts.count == 3 else {
            throw Failure(
                .remoteFailed, subject: "\(host.name):\(path)",
                reason: "its sh printed something else than asked",
                remedy: "try it by hand: ssh \(host.name) true", end: host.end)
        }
        return RemoteHost.Look(root: texts[0], home: texts[1], digest: texts[2])
    }

    /// Asks `/proc` alone: a lock that is tried could change a WAL's side files.
    func holders(_ databases: [String]) throws -> RemoteHost.Holding {
        let program = """
            for db in "$@"; do for e in '' -wal -shm -journal; do
              [ -e "$db$e" ] && stat -L --printf 'part\\0%d\\0%i\\0%u\\0' -- "$db$e" && printf '%s\\0' "$db"
            done; done
            for p in /proc/[0-9]*; do
              [ -r "$p/fd" ] || stat --printf 'hidden\\0%u\\0' "$p" 2>/dev/null
            done
            find /proc/[0-9]*/fd -mindepth 1 -maxdepth 1 -print0 2>/dev/null |
              xargs -0 -r stat -L --printf 'open\\0%d\\0%i\\0%n\\0' 2>/dev/null
            find /proc/[0-9]*/fd -mindepth 1 -maxdepth 1 -lname '* (deleted)' -printf 'gone\\0%l\\0%p\\0' 2>/dev/null
            while read -r _ _ _ _ _ where _; do printf 'lock\\0%s\\0' "$where"; done </proc/locks
            """
        var reading = HolderReading()
        try reading.read(run(program, databases).map(Self.texts) ?? [])
        return reading.holding(of: databases)
    }

    // MARK: Files

    func write(_ bytes: [UInt8], to path: String, mustBeNew: Bool) throws {
        let program = """
            n="$1.ferry-new"
            if [ -e "$1" ] || [ -L "$1" ]; then
              [ "$2" = new ] && { echo 'is there already' >&2; exit 1; }
            fi
            rm -f -- "$n"
            base64 -d >"$n" <<'END' || exit 1
            \(Self.base64(bytes))
            END
            if [ -e "$1" ]; then chmod --reference="$1" -- "$n" || exit 1; fi
            sync -- "$n" && mv -fT -- "$n" "$1"
            """
        _ = try run(program, [path, mustBeNew ? "new" : "old"])
    }

    func read(_ path: String) throws -> [UInt8]? {
        try run("[ -e \"$1\" ] || exit 66\ncat -- \"$1\"", [path], missing: 66)
    }

    func remove(_ path: String) throws { _ = try run("rm -f -- \"$1\"", [path]) }

    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for place in stride(from: 0, to: bytes.count, by: 3) {
            let three = bytes[place..<min(place + 3, bytes.count)]
            let bits = three.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - three.count))
            let four = [18, 12, 6, 0].map { digits[bits >> $0 & 63] }
            text += four.prefix(three.count + 1)
            text += Array(repeating: 0x3D, count: 3 - three.count)
            if place % 54 == 51 { text.append(0x0A) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// What the shell saw in `/proc`, put together.
struct HolderReading: Sendable {
    private struct Part: Sendable {
        let device: UInt64
        let inode: String
        let owner: String
        let database: String
    }

    private var parts: [Part] = []
    private var hidden: [String] = []
    private var open: [(device: UInt64, inode: String, path: String)] = []
    private var gone: [(target: String, path: String)] = []
    private var locks: Set<String> = []

    mutating func read(_ words: [String]) {
        var rest = words[...]
        while let kind = rest.popFirst() {
            let count = ["part": 4, "hidden": 1, "open": 3, "gone": 2, "lock": 1][kind] ?? 0
            let values = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            guard values.count == count else { return }
            switch kind {
            case "part":
                parts.append(
                    Part(
                        device: UInt64(values[0]) ?? 0, inode: values[1], owner: values[2],
                        database: values[3]))
            case "hidden": hidden.append(values[0])
            case "open": open.append((UInt64(values[0]) ?? 0, values[1], values[2]))
            case "gone": gone.append((values[0], values[1]))
            case "lock": locks.insert(values[0])
            default: return
            }
        }
    }

    func holding(of databases: [String]) -> RemoteHost.Holding {
        var holding = RemoteHost.Holding()
        for part in parts {
            for file in open where file.inode == part.inode && file.device == part.device {
                holding.found.append((part.database, Self.words(file.path)))
            }
            if locks.contains("\(Self.place(part.device)):\(part.inode)") {
                holding.locked.append(part.database)
            }
        }
        for database in databases {
            for file in gone where file.target == database + " (deleted)" {
                holding.found.append((database, Self.words(file.path)))
            }
        }
        let owners = Set(parts.map(\.owner))
        holding.hidden = hidden.count { owners.contains($0) }
        return holding
    }

    private static func words(_ path: String) -> String {
        let pid = path.split(separator: "/").dropFirst().first ?? "?"
        return "process \(pid) has it open"
    }

    /// As `/proc/locks` writes a device.
    private static func place(_ device: UInt64) -> String {
        let major = device >> 8 & 0xFFF | device >> 32 & 0xFFFF_F000
        let minor = device & 0xFF | device >> 12 & 0xFFFF_FF00
        func two(_ number: UInt64) -> String {
            let text = String(number, radix: 16)
            return text.count < 2 ? "0" + text : text
        }
        return "\(two(major)):\(two(minor))"
    }
}
