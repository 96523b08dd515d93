/// A shell's text taken apart into its simple commands, in order: quotes of
/// all kinds, `$(…)`, comments, here-documents and redirections are known,
/// words are left as they are written.
struct ShellText {
    struct Word: Equatable {
        /// With its quotes and variables.
        var raw: String
        var line: Int
    }

    enum Item: Equatable {
        case command([Word])
        /// A subshell begins, or ends.
        case open, close
    }

    private let text: [Character]
    private var place = 0
    private var line = 1
    private var documents: [(mark: String, dropsTabs: Bool)] = []
    private var items: [Item] = []
    private var words: [Word] = []

    static func items(_ text: String) -> [Item] {
        var reader = ShellText(text: Array(text))
        reader.read()
        return reader.items
    }

    private init(text: [Character]) { self.text = text }

    private var next: Character? { place < text.count ? text[place] : nil }
    private var second: Character? { place + 1 < text.count ? text[place + 1] : nil }

    private mutating func read() {
        while let character = next {
            switch character {
            case " ", "\t": place += 1
            case "\\" where second?.isNewline == true: skip(2)
            case "#": while let other = next, !other.isNewline { skip(1) }
            case "&" where second == ">": redirection()
            case "<", ">": redirection()
            case ";", "&", "|": end(nil)
            case "(": end(.open)
            case ")": end(.close)
            case _ where character.isNewline:
                end(nil)
                skipDocuments()
            default: word()
            }
        }
        finish()
    }

    private mutating func finish() {
        if !words.isEmpty { items.append(.command(words)) }
        words = []
    }

    private mutating func end(_ mark: Item?) {
        finish()
        if let mark { items.append(mark) }
        skip(1)
    }

    private mutating func skip(_ count: Int) {
        for _ in 0..<count {
            guard let character = next else { return }
            if character.isNewline { line += 1 }
            place += 1
        }
    }

    // MARK: Words

    private static func isEnd(_ character: Character) -> Bool {
        character.isNewline || " \t;&|()<>".contains(character)
    }

    private mutating func word() {
        let start = line
        let raw = rawWord()
        // `2>` is no word.
        if let mark = next, "<>".contains(mark), raw.allSatisfy(\.isNumber) { return }
        words.append(Word(raw: raw, line: start))
    }

    private mutating func rawWord() -> String {
        var raw = ""
        while let character = next, !Self.isEnd(character) {
            switch character {
            case "\\" where second?.isNewline == true: skip(2)
            case "\\": take(2, &raw)
            case "'", "`": through(character, &raw)
            case "\"": doubled(&raw)
            case "$" where second == "(": balanced(&raw)
            case "$" where second == "{": braced(&raw)
            default: take(1, &raw)
            }
        }
        return raw
    }

    private mutating func take(_ count: Int, _ raw: inout String) {
        for _ in 0..<count {
            if let character = next { raw.append(character) }
            skip(1)
        }
    }

    /// The first character, and all up to the mark that ends it.
    private mutating func through(_ mark: Character, _ raw: inout String) {
        take(1, &raw)
        while let character = next {
            take(1, &raw)
            if character == mark { return }
        }
    }

    private mutating func doubled(_ raw: inout String) {
        take(1, &raw)
        while let character = next {
            switch character {
            case "\\": take(2, &raw)
            case "$" where second == "(": balanced(&raw)
            case "$" where second == "{": braced(&raw)
            case "\"":
                take(1, &raw)
                return
            default: take(1, &raw)
            }
        }
    }

    /// `${ … }`, with others in it.
    private mutating func braced(_ raw: inout String) {
        take(2, &raw)
        var depth = 1
        while let character = next, depth > 0 {
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            take(character == "\\" ? 2 : 1, &raw)
        }
    }

    /// `$( … )` with what is in it.
    private mutating func balanced(_ raw: inout String) {
        take(2, &raw)
        var depth = 1
        while let character = next, depth > 0 {
            switch character {
            case "\\": take(2, &raw)
            case "'": through("'", &raw)
            case "\"": doubled(&raw)
            default:
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                take(1, &raw)
            }
        }
    }

    // MARK: Redirections

    private mutating func redirection() {
        var mark = ""
        while let character = next, "<>&|".contains(character), mark.count < 3 { take(1, &mark) }
        let dropsTabs = mark == "<<" && next == "-"
        if dropsTabs { skip(1) }
        while let character = next, " \t".contains(character) { skip(1) }
        var target = ""
        if next == "(" {
            // As `$( … )`, one character less.
            place -= 1
            balanced(&target)
        } else {
            target = rawWord()
        }
        guard mark == "<<" else { return }
        documents.append((target.filter { !"'\"\\".contains($0) }, dropsTabs))
    }

    /// What stands between a command with `<<END` and its `END`.
    private mutating func skipDocuments() {
        for document in documents {
            while next != nil {
                var found = ""
                while let character = next, !character.isNewline { take(1, &found) }
                skip(1)
                let bare = document.dropsTabs ? String(found.drop { $0 == "\t" }) : found
                if bare == document.mark { break }
            }
        }
        documents = []
    }
}
