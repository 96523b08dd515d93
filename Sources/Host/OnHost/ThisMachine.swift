import Glibc

/// The real one.
///
/// **Effects**: runs `nginx -T`, `systemctl is-enabled`, `journalctl` and
/// `psql` with a SELECT, which change nothing.
public struct ThisMachine: Ground {
    private let nginx: [String]
    public let envFiles: [String]
    public let logs: [String]

    /// - Parameter nginx: the words before `-T`, for another configuration.
    public init(nginx: [String] = ["nginx"], envFiles: [String] = [], logs: [String] = []) {
        self.nginx = nginx
        self.envFiles = envFiles
        self.logs = logs
    }

    public func text(of path: String) -> String? {
        guard let (file, _) = Self.regular(path) else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        Self.read(file, upTo: 8 << 20) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func output(
        of command: [String], environment: [String: String]
    ) -> (status: Int, text: String)? {
        var bytes: [UInt8] = []
        let words = command.first == "nginx" ? nginx + command.dropFirst() : command
        let status = ReadOnlyCommand(words: words, environment: environment).run { piece in
            bytes += piece
            return bytes.count < 8 << 20
        }
        return status.map { ($0, String(decoding: bytes, as: UTF8.self)) }
    }

    public func has(_ program: String) -> Bool {
        let word = program == "nginx" ? nginx.first ?? program : program
        return ReadOnlyCommand.path(of: word) != nil
    }

    public func lists(_ folder: String) -> Bool { access(folder, R_OK | X_OK) == 0 }

    public func mode(of path: String) -> (bits: Int, owner: Int)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (Int(status.st_mode & 0o777), Int(status.st_uid))
    }

    public func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    public func names(in folder: String) -> [String] {
        guard let entries = opendir(folder) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func places(of values: [[UInt8]], inFile path: String) -> Set<Int>? {
        guard let (file, size) = Self.regular(path) else { return nil }
        defer { fclose(file) }
        if size > 64 << 20 { fseeko(file, size - 64 << 20, SEEK_SET) }
        var search = ValueSearch(values)
        Self.read(file, upTo: 65 << 20) { search.look(at: $0) }
        return search.found
    }

    public func places(of values: [[UInt8]], inOutputOf command: [String]) -> Set<Int>? {
        var search = ValueSearch(values)
        let status = ReadOnlyCommand(words: command, environment: [:]).run { piece in
            search.look(at: piece)
            return true
        }
        return status == 0 ? search.found : nil
    }

    /// Opened without waiting: a pipe would wait for whoever writes into it.
    private static func regular(_ path: String) -> (file: UnsafeMutablePointer<FILE>, size: Int)? {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let file = fdopen(descriptor, "r")
        else {
            close(descriptor)
            return nil
        }
        return (file, Int(status.st_size))
    }

    private static func read(
        _ file: UnsafeMutablePointer<FILE>, upTo limit: Int, _ body: (ArraySlice<UInt8>) -> Void
    ) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var total = 0
        while total < limit {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return }
            total += count
            body(chunk[..<count])
        }
    }
}

/// Looks for values in bytes that come in pieces.
struct ValueSearch {
    private let values: [[UInt8]]
    private let longest: Int
    private var tail: [UInt8] = []
    private(set) var found: Set<Int> = []

    init(_ values: [[UInt8]]) {
        self.values = values
        longest = values.map(\.count).max() ?? 0
    }

    mutating func look(at piece: ArraySlice<UInt8>) {
        let bytes = tail + piece
        for (place, value) in values.enumerated() where !value.isEmpty && !found.contains(place) {
            let isThere = bytes.withUnsafeBytes { Self.holds($0, value) }
            if isThere { found.insert(place) }
        }
        tail = Array(bytes.suffix(max(0, longest - 1)))
    }

    /// By the first byte, which the C library finds fast.
    private static func holds(_ bytes: UnsafeRawBufferPointer, _ value: [UInt8]) -> Bool {
        guard let base = bytes.baseAddress, let first = value.first else { return false }
        var place = 0
        while bytes.count - place >= value.count {
            guard let hit = memchr(base + place, Int32(first), bytes.count - place - value.count + 1) else {
                return false
            }
            if memcmp(hit, value, value.count) == 0 { return true }
            place = UnsafeRawPointer(hit) - base + 1
        }
        return false
    }
}

/// A program that says something and ends: without input, without a shell,
/// and not for longer than it is waited for.
struct ReadOnlyCommand {
    var words: [String]
    var environment: [String: String]
    var patience = 4.0

    /// - Parameter body: is handed what both streams say; false ends it.
    /// - Returns: its exit code; nil where it is not there or was ended.
    func run(_ body: (ArraySlice<UInt8>) -> Bool) -> Int? {
        guard let name = words.first, let path = Self.path(of: name) else { return nil }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        guard let pid = start(path, output: ends[1]) else { return nil }
        let isWhole = listen(to: ends[0], body)
        if !isWhole { kill(pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return isWhole && status & 0x7F == 0 ? Int(status >> 8 & 0xFF) : nil
    }

    /// Programs of root's are found without root's PATH.
    static func path(of name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    private func start(_ path: String, output: Int32) -> pid_t? {
        defer { close(output) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var arguments = words.map { strdup($0) } + [nil]
        var variables = settings().map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid = pid_t()
        return posix_spawn(&pid, path, &actions, nil, &arguments, &variables) == 0 ? pid : nil
    }

    private func settings() -> [String] {
        var own: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if environment[String(line.prefix { $0 != "=" })] == nil { own.append(line) }
            entry += 1
        }
        return own + environment.map { "\($0.key)=\($0.value)" }
    }

    /// Whether it came to its end in time.
    private func listen(to file: Int32, _ body: (ArraySlice<UInt8>) -> Bool) -> Bool {
        let end = Self.now() + patience
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let left = end - Self.now()
            guard left > 0 else { return false }
            var polled = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            let ready = poll(&polled, 1, Int32(left * 1000) + 1)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return false }
            let count = read(file, &piece, piece.count)
            if count == 0 { return true }
            if count < 0 { if errno == EINTR { continue } else { return false } }
            guard body(piece[..<count]) else { return false }
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
