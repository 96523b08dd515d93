/// What can be told of shell scripts without running them: which programs
/// they start, in which folder, with which environment, and which files they
/// read for it.
///
/// Every branch is taken, one after the other; of several that start the same
/// program the last one counts. **Bounds**: files of other files to a depth of
/// 8, 200 in all, none within itself.
struct ShellRun {
    /// A program of a worker, as it would be started.
    struct Start: Equatable {
        var words: [String]
        var folder: String
        var folderIsKnown: Bool
        var entries: [ShellState.Entry]
    }

    struct Read: Equatable {
        var path: String
        /// Who reads it.
        var reader: String
        var line: Int
        /// `export $(grep … FILE | xargs)`.
        var splitsAtSpaces = false
        var isMissing = false
    }

    private(set) var state: ShellState
    private(set) var starts: [Start] = []
    private(set) var reads: [Read] = []
    /// Scripts that are run as programs of their own.
    private(set) var scripts: [String] = []
    /// A folder was gone to by the outermost script.
    private(set) var workFolder: String?
    /// The text of a file; nil where it cannot be read.
    private let file: (String) -> String?
    private var stack: [String] = []
    private var budget = 200

    init(_ state: ShellState, file: @escaping (String) -> String?) {
        self.state = state
        self.file = file
    }

    // MARK: Texts

    /// A whole script, which is at `state.path`.
    mutating func script(_ text: String) {
        if let options = Self.shebang(text), options.contains("a") { state.exportsAll = true }
        within(state.path) { $0.text(text) }
        if state.folderIsKnown { workFolder = state.folder }
    }

    /// Lines of whatever origin, in the state as it is.
    ///
    /// - Parameter line: of the file, at which the text begins.
    mutating func text(_ text: String, line: Int = 1) {
        var saved: [ShellState] = []
        for item in ShellText.items(text) {
            switch item {
            case .open: saved.append(state)
            case .close: if let last = saved.popLast() { state = last }
            case .command(let words): command(words.map { .init(raw: $0.raw, line: $0.line + line - 1) })
            }
        }
    }

    private mutating func within(_ path: String, _ body: (inout ShellRun) -> Void) {
        guard stack.count < 8, budget > 0, !stack.contains(path) else { return }
        budget -= 1
        stack.append(path)
        body(&self)
        stack.removeLast()
    }

    /// Options of a shell's `#!`; nil for a file that is none.
    static func shebang(_ text: String) -> String? {
        let line = text.prefix { !$0.isNewline }
        guard line.hasPrefix("#!") else { return nil }
        var words = line.dropFirst(2).split(whereSeparator: \.isWhitespace).map(String.init)
        if words.first.map({ Paths.name($0) }) == "env" { words.removeFirst() }
        while words.first == "-S" { words.removeFirst() }
        guard let name = words.first.map({ Paths.name($0) }), shells.contains(name) else { return nil }
        return words.dropFirst().filter { $0.hasPrefix("-") && !$0.hasPrefix("--") }.joined()
    }

    /// What an earlier run from the same beginning has found, too.
    mutating func add(_ earlier: ShellRun) {
        starts = earlier.starts + starts
        reads = earlier.reads + reads
        scripts = earlier.scripts + scripts
        workFolder = workFolder ?? earlier.workFolder
    }

    // MARK: Commands

    private typealias Word = (text: String, raw: String, line: Int)

    static let shells: Set<String> = ["sh", "bash", "dash", "ash", "zsh", "ksh"]
    private static let keywords: Set<String> = [
        "then", "do", "else", "elif", "if", "while", "until", "{", "!", "time", "coproc",
    ]
    /// They start something else, with options of their own before it.
    private static let wrappers: Set<String> = [
        "exec", "command", "builtin", "nohup", "setsid", "nice", "ionice", "chrt", "taskset", "timeout",
        "sudo", "doas", "su", "runuser", "gosu", "setpriv", "stdbuf", "screen", "tmux", "flock",
        "systemd-run", "start-stop-daemon", "daemonize", "unbuffer", "script", "xvfb-run", "chronic",
        "numactl",
    ]
    /// They take a shell's text as one word.
    private static let takingText: Set<String> = ["su", "runuser", "screen", "tmux", "flock", "script"]
    /// They may name a program, and do not start it.
    private static let harmless: Set<String> = [
        "[", "[[", "test", "echo", "printf", "ls", "cat", "grep", "pgrep", "pkill", "kill", "killall", "cp",
        "mv", "rm", "chmod", "chown", "touch", "tail", "head", "sed", "for", "case", "select", "function",
    ]
    static let programs: Set<String> = ["main.py", "smcp.py", "smcp_stdio.py"]

    private mutating func command(_ raw: [ShellText.Word]) {
        var rest = raw[...]
        while let first = rest.first, Self.keywords.contains(first.raw) { rest = rest.dropFirst() }
        var own: [ShellState.Entry] = []
        while let first = rest.first, let pair = ShellAssignments.pair(first.raw) {
            let text = ShellExpansion.of(pair.1, in: state)
            own.append(entry(pair.0, text, first.line))
            rest = rest.dropFirst()
        }
        guard !rest.isEmpty else {
            for entry in own { state.set(entry) }
            return
        }
        let words = rest.flatMap { word in
            ShellExpansion.words(word.raw, in: state).map { (text: $0, raw: word.raw, line: word.line) }
        }
        run(words[...], own)
    }

    private func entry(_ key: String, _ text: String, _ line: Int) -> ShellState.Entry {
        .init(key: key, text: text, path: state.path, line: line)
    }

    /// A command line as whoever starts it has it: words without quotes.
    ///
    /// - Parameter line: of `path`, where they stand.
    mutating func words(_ words: [String], line: Int) {
        run(words.map { (text: $0, raw: "", line: line) }[...], [])
    }

    private mutating func run(_ all: ArraySlice<Word>, _ given: [ShellState.Entry]) {
        var (words, own) = (all, given)
        while let first = words.first, let pair = ShellAssignments.pair(first.text) {
            own.append(entry(pair.0, pair.1, first.line))
            words = words.dropFirst()
        }
        guard let first = words.first else { return }
        let rest = words.dropFirst()
        switch Paths.name(first.text) {
        case "export": export(rest)
        case "declare", "typeset", "readonly", "local": declare(rest)
        case "unset": for word in rest { state.unset(word.text) }
        case "set": set(rest)
        case "cd", "pushd": go(rest)
        case ".", "source": if let word = rest.first { source(word) }
        case "eval": again(rest, line: first.line)
        case "env": apart(own) { $0.env(rest) }
        case let name where Self.shells.contains(name): apart(own) { $0.shell(rest) }
        case let name where Self.wrappers.contains(name): apart(own) { $0.wrapped(name, rest) }
        case let name where Self.harmless.contains(name): break
        default: apart(own) { $0.program(words) }
        }
    }

    /// With an environment that ends with the command.
    private mutating func apart(_ own: [ShellState.Entry], _ body: (inout ShellRun) -> Void) {
        let saved = state
        for entry in own { state.set(entry, isExported: true) }
        body(&self)
        state = saved
    }

    // MARK: What a shell does itself

    private mutating func export(_ words: ArraySlice<Word>) {
        for word in words where !word.text.hasPrefix("-") {
            if word.raw.hasPrefix("$(") || word.raw.hasPrefix("`") {
                split(word)
            } else if let pair = ShellAssignments.pair(word.text) {
                state.set(entry(pair.0, pair.1, word.line), isExported: true)
            } else {
                state.export(word.text)
            }
        }
    }

    private mutating func declare(_ words: ArraySlice<Word>) {
        let isExported = words.contains { $0.text.hasPrefix("-") && $0.text.contains("x") }
        for word in words {
            guard let pair = ShellAssignments.pair(word.text) else {
                if isExported, !word.text.hasPrefix("-") { state.export(word.text) }
                continue
            }
            state.set(entry(pair.0, pair.1, word.line), isExported: isExported)
        }
    }

    private mutating func set(_ words: ArraySlice<Word>) {
        for word in words {
            switch word.text.first {
            case "-" where word.text.contains("a"): state.exportsAll = true
            case "+" where word.text.contains("a"): state.exportsAll = false
            default: break
            }
        }
        guard let option = words.firstIndex(where: { $0.text == "allexport" }), option > words.startIndex
        else { return }
        state.exportsAll = words[option - 1].text.hasPrefix("-")
    }

    private mutating func go(_ words: ArraySlice<Word>) {
        let place = words.first { !$0.text.hasPrefix("-") }?.text
        if let place = place ?? state.home { state.go(to: place) }
    }

    private mutating func source(_ word: Word) {
        guard !word.text.contains("$"), !word.text.contains("`") else { return }
        let path = Paths.resolved(state.expandingHome(word.text), in: state.folder)
        let reader = state.path
        // It sets where Python is, and is no worker's.
        guard Paths.name(path) != "activate" else { return }
        let found = file(path)
        reads.append(Read(path: path, reader: reader, line: word.line, isMissing: found == nil))
        guard let found else { return }
        within(path) { run in
            run.state.path = path
            run.text(found)
            run.state.path = reader
        }
    }

    /// `export $(grep -v '^#' FILE | xargs)`.
    private mutating func split(_ word: Word) {
        let inner = word.raw.drop { "$(`".contains($0) }
        let first = ShellText.items(String(inner)).lazy.compactMap { item -> [ShellText.Word]? in
            if case .command(let words) = item { words } else { nil }
        }.first
        guard let first, first.count > 1, let last = first.last else { return }
        let name = ShellExpansion.of(last.raw, in: state)
        guard !name.contains("$"), !name.hasPrefix("-") else { return }
        let path = Paths.resolved(state.expandingHome(name), in: state.folder)
        let found = file(path)
        reads.append(
            Read(
                path: path, reader: state.path, line: word.line, splitsAtSpaces: true,
                isMissing: found == nil))
        for item in ShellAssignments.split(found ?? "") {
            state.set(.init(key: item.key, text: item.text, path: path, line: item.line), isExported: true)
        }
    }

    /// Words as a text of their own, which may hold itself.
    private mutating func again(_ words: ArraySlice<Word>, line: Int) {
        let text = words.map(\.text).joined(separator: " ")
        within("eval \(text)") { $0.text(text, line: line) }
    }

    // MARK: What is started

    private mutating func env(_ all: ArraySlice<Word>) {
        var words = all
        while let first = words.first {
            words = words.dropFirst()
            switch first.text {
            case "-i", "-", "--ignore-environment": state.clear()
            case "-u": if let name = words.popFirst() { state.unset(name.text) }
            case "-C": if let place = words.popFirst() { state.go(to: place.text) }
            case "-S": return again(words, line: first.line)
            case let option where option.hasPrefix("--unset="):
                state.unset(String(option.dropFirst("--unset=".count)))
            case let option where option.hasPrefix("--chdir="):
                state.go(to: String(option.dropFirst("--chdir=".count)))
            case let option where option.hasPrefix("-"): break
            default:
                if first.raw.hasPrefix("$(") || first.raw.hasPrefix("`") {
                    split(first)
                } else if let pair = ShellAssignments.pair(first.text) {
                    state.set(entry(pair.0, pair.1, first.line), isExported: true)
                } else {
                    return run([first] + words, [])
                }
            }
        }
    }

    private mutating func shell(_ all: ArraySlice<Word>) {
        var words = all
        var exportsAll = false
        while let first = words.first, let mark = first.text.first, "-+".contains(mark) {
            words = words.dropFirst()
            guard !first.text.hasPrefix("--") else { continue }
            if first.text.contains("a") { exportsAll = true }
            if first.text.contains("o") { _ = words.popFirst() }
            guard first.text.contains("c"), let command = words.popFirst() else { continue }
            state = state.child(state.path, words.dropFirst().map(\.text))
            state.exportsAll = exportsAll
            return within("\(state.path) -c \(command.text)") { $0.text(command.text, line: command.line) }
        }
        guard let script = words.first else { return }
        child(script, words.dropFirst().map(\.text), exportsAll: exportsAll, isSure: true)
    }

    /// - Parameter isSure: whoever starts it takes it for a shell's.
    /// - Returns: whether it is one.
    @discardableResult
    private mutating func child(
        _ word: Word, _ arguments: [String], exportsAll: Bool = false, isSure: Bool = false
    ) -> Bool {
        guard let (path, text) = scriptFile(word.text, isSure: isSure) else { return false }
        scripts.append(path)
        let saved = state
        state = state.child(path, arguments)
        state.exportsAll = exportsAll || Self.shebang(text)?.contains("a") == true
        within(path) { $0.text(text) }
        state = saved
        return true
    }

    private func scriptFile(_ word: String, isSure: Bool) -> (path: String, text: String)? {
        guard !word.isEmpty, !word.contains("$"), !word.contains(" "),
            !Self.programs.contains(Paths.name(word))
        else { return nil }
        let path = Paths.resolved(state.expandingHome(word), in: state.folder)
        guard let text = file(path), isSure || path.hasSuffix(".sh") || Self.shebang(text) != nil else {
            return nil
        }
        return (path, text)
    }

    private mutating func wrapped(_ name: String, _ words: ArraySlice<Word>) {
        let options = words.prefix { $0.text.hasPrefix("-") }.map(\.text)
        let keeps = options.contains { $0 == "-E" || $0.hasPrefix("--preserve-env") }
        let isLogin = words.contains { ["-", "-l", "--login"].contains($0.text) }
        if ["sudo", "doas"].contains(name) && !keeps || ["su", "runuser"].contains(name) && isLogin {
            state.clear()
        }
        if Self.takingText.contains(name), let text = words.last(where: { $0.text.contains(" ") }),
            !words.contains(where: { Self.shells.contains(Paths.name($0.text)) })
        {
            state = state.child(state.path, [])
            // `screen -X stuff` has its line ends spelled.
            let lines = text.text.replacing("\\n", with: "\n").replacing("^M", with: "\n")
            return within("\(state.path) \(name) \(lines)") { $0.text(lines, line: text.line) }
        }
        for index in words.indices where isRunnable(words[index].text) { return run(words[index...], []) }
    }

    private func isRunnable(_ word: String) -> Bool {
        let name = Paths.name(word)
        return ShellAssignments.pair(word) != nil || name == "env" || name.hasPrefix("python")
            || Self.shells.contains(name) || Self.wrappers.contains(name) || Self.programs.contains(name)
            || scriptFile(word, isSure: false) != nil
    }

    private mutating func program(_ words: ArraySlice<Word>) {
        guard let first = words.first, !child(first, words.dropFirst().map(\.text)) else { return }
        let texts = words.map(\.text)
        guard starts.count < 100, texts.contains(where: { Self.programs.contains(Paths.name($0)) }) else {
            return
        }
        starts.append(
            Start(
                words: texts, folder: state.folder, folderIsKnown: state.folderIsKnown,
                entries: state.entries))
    }
}
