import LettaModel

/// The dotenv files from a folder up to `/`, as Broca looks for its own: the
/// first one that is a file is read, the rest are not.
struct EnvLookup {
    private(set) var facts: [EnvFileFacts] = []
    /// Of the file that is read.
    private(set) var read: [SettingEntry] = []
    /// Of the others, which count for nothing.
    private(set) var ignored: [SettingEntry] = []
    private(set) var refusals: [Failure] = []
    private(set) var notes: [TreeNote] = []

    static let limit = 1 << 20

    /// - Parameters:
    ///   - isRead: the program reads a dotenv file by itself.
    ///   - environment: for `${NAME}` in values.
    init(from folder: String, isRead: Bool, environment: [String: String]) {
        var readsNext = isRead
        for path in Paths.upward(from: folder).map({ Paths.join($0, ".env") }) {
            guard let status = SystemFile.status(path, followsLinks: true), status.shape == .file else {
                noteOdd(path)
                continue
            }
            take(path, status.mode, isRead: readsNext, environment)
            readsNext = false
        }
    }

    private mutating func noteOdd(_ path: String) {
        guard SystemFile.status(path) != nil else { return }
        notes.append(
            TreeNote(
                "env-no-file", .warning, subject: path,
                text: "is no regular file, so dotenv passes it over and looks in the next folder"))
    }

    private mutating func take(_ path: String, _ mode: Int, isRead: Bool, _ environment: [String: String]) {
        let file: EnvFile
        do {
            file = try EnvFile(try SystemFile.bytes(of: path, limit: Self.limit))
        } catch {
            if isRead { refusals.append(Self.unreadable(path, error)) }
            return
        }
        if isRead, file.bytes.contains(0) { refusals.append(Self.holdsNUL(path)) }
        facts.append(
            EnvFileFacts(
                path: path, mode: mode, isRead: isRead, hasByteOrderMark: file.hasByteOrderMark,
                hasCarriageReturns: file.hasCarriageReturns, keys: file.keys, brokenLines: file.brokenLines,
                expanding: file.expanding))
        let entries = Self.entries(file, path, environment)
        if isRead { read = entries } else { ignored += entries }
    }

    /// Every line, so that a duplicate is seen; the values as dotenv gives
    /// them for the line that wins, as written for the others.
    private static func entries(_ file: EnvFile, _ path: String, _ environment: [String: String])
        -> [SettingEntry]
    {
        let final = file.values(in: environment)
        return file.bindings.compactMap { binding in
            guard let key = binding.key, let raw = binding.value, let last = final[key] else { return nil }
            let text = last.line == binding.line ? last.text : raw
            return SettingEntry(key: key, text: text, origin: .envFile(path: path, line: binding.line))
        }
    }

    private static func holdsNUL(_ path: String) -> Failure {
        Failure(
            .envUnreadable, subject: path, reason: "holds a NUL byte, at which the worker would stop",
            remedy:
                "take it out: tr -d '\\0' < \(ShellWord.quoted(path)) > new.env, look at the result, then put it in its place"
        )
    }

    private static func unreadable(_ path: String, _ error: any Error) -> Failure {
        let reason =
            error is EnvFile.NotUTF8
            ? "is not UTF-8, at which the worker would stop" : "cannot be read: \(error)"
        return Failure(
            .envUnreadable, subject: path, reason: reason,
            remedy: error is EnvFile.NotUTF8
                ? "write it anew as UTF-8" : "run ferry as the user whom the tree belongs to")
    }
}
