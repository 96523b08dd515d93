import Glibc

/// One directive of nginx, with what stands in its braces.
public struct NginxDirective: Sendable, Equatable {
    public var words: [String]
    public var children: [NginxDirective]

    public init(_ words: [String], _ children: [NginxDirective] = []) {
        self.words = words
        self.children = children
    }

    var name: String { words.first ?? "" }

    /// What `nginx -T` prints, file by file as it is written: what a file
    /// includes stands under its own name. Text without nginx's headlines is
    /// one file without a name.
    public static func files(_ dump: String) -> [(path: String, directives: [NginxDirective])] {
        let files = NginxSettings.files(dump)
        return (files.isEmpty ? [("", dump)] : files).map { path, text in
            var reader = NginxReader(text, files: [], folder: "")
            return (path, reader.block())
        }
    }

    func all(_ name: String) -> [NginxDirective] { children.filter { $0.name == name } }

    /// The arguments of the last directive of that name.
    func values(_ name: String) -> [String]? { all(name).last.map { Array($0.words.dropFirst()) } }
}

/// All of nginx's configuration, as `nginx -T` prints it: what counts for one
/// request, not what stands in one file.
public struct NginxSettings: Sendable {
    private let http: NginxDirective

    /// Nil where there is no http block.
    public init?(_ dump: String) {
        let files = Self.files(dump)
        guard let main = files.first else { return nil }
        let folder = main.path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        var reader = NginxReader(main.text, files: files, folder: folder)
        guard let http = reader.block().last(where: { $0.name == "http" }) else { return nil }
        self.http = http
    }

    private static let mark = "# configuration file "

    /// In the order of the dump: the main file comes first.
    fileprivate static func files(_ dump: String) -> [(path: String, text: String)] {
        var files: [(path: String, text: String)] = []
        for line in dump.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(mark), line.hasSuffix(":") {
                files.append((String(line.dropFirst(mark.count).dropLast()), ""))
            } else if !files.isEmpty {
                files[files.count - 1].text += line + "\n"
            }
        }
        return files
    }

    /// Every port that some server listens on.
    var allPorts: [Int] { Set(http.all("server").flatMap(Self.ports)).sorted() }

    /// The arguments of every directive of that name, wherever it stands.
    func everywhere(_ name: String) -> [[String]] { Self.everywhere(name, in: http) }

    private static func everywhere(_ name: String, in block: NginxDirective) -> [[String]] {
        block.children.flatMap { child in
            (child.name == name ? [Array(child.words.dropFirst())] : []) + everywhere(name, in: child)
        }
    }

    // MARK: what counts

    /// The server that answers for that name on that port.
    func server(port: Int, host: String) -> NginxDirective? {
        let candidates = http.all("server").filter { Self.ports($0).contains(port) }
        return candidates.first { server in
            server.all("server_name").contains { $0.words.dropFirst().contains(host) }
        } ?? candidates.first { server in
            server.all("listen").contains { $0.words.contains("default_server") }
        } ?? candidates.first
    }

    private static func ports(_ server: NginxDirective) -> [Int] {
        let listens = server.all("listen")
        if listens.isEmpty { return [80] }
        return listens.compactMap { listen in
            guard listen.words.count > 1 else { return nil }
            let place = listen.words[1]
            if place.hasPrefix("unix:") { return nil }
            return Int(place) ?? place.split(separator: ":").last.flatMap { Int($0) } ?? 80
        }
    }

    /// The location of a path, by the longest prefix; regular expressions are
    /// not looked at.
    private static func location(_ path: String, in server: NginxDirective) -> NginxDirective? {
        server.all("location").filter { location in
            guard let last = location.words.last, location.words.count > 1 else { return false }
            switch location.words[1] {
            case "=": return last == path
            case "~", "~*": return false
            default: return path.hasPrefix(last)
            }
        }.max { ($0.words.last?.count ?? 0) < ($1.words.last?.count ?? 0) }
    }

    /// The arguments of a directive as they count for a request; nil where
    /// nginx's own default counts.
    func values(_ name: String, port: Int, host: String, path: String) -> [String]? {
        let server = server(port: port, host: host)
        let location = server.flatMap { Self.location(path, in: $0) }
        return location?.values(name) ?? server?.values(name) ?? http.values(name)
    }

    /// Where requests of that path go: `127.0.0.1:18283`.
    func upstreams(port: Int, host: String, path: String) -> [String] {
        guard let server = server(port: port, host: host), let location = Self.location(path, in: server),
            let url = location.values("proxy_pass")?.first, let mark = url.firstRange(of: "://")
        else { return [] }
        let place = String(url[mark.upperBound...].prefix { $0 != "/" })
        guard let group = http.all("upstream").first(where: { $0.words.dropFirst().first == place }) else {
            return [place]
        }
        return group.all("server").compactMap { $0.words.dropFirst().first }
    }
}

/// Reads directives; included files are read where they are included.
private struct NginxReader {
    private var rest: Substring
    private let files: [(path: String, text: String)]
    private let folder: String

    init(_ text: String, files: [(path: String, text: String)], folder: String) {
        rest = text[...]
        self.files = files
        self.folder = folder
    }

    /// Up to the closing brace, or the end.
    mutating func block() -> [NginxDirective] {
        var directives: [NginxDirective] = []
        var words: [String] = []
        while let token = next() {
            switch token {
            case .end: return directives
            case .open:
                directives.append(NginxDirective(words, block()))
                words = []
            case .semicolon:
                directives += words.first == "include" ? included(words.last ?? "") : [NginxDirective(words)]
                words = []
            case .word(let word): words.append(word)
            }
        }
        return directives
    }

    private func included(_ pattern: String) -> [NginxDirective] {
        let full = pattern.hasPrefix("/") ? pattern : "\(folder)/\(pattern)"
        return files.filter { fnmatch(full, $0.path, FNM_PATHNAME) == 0 }.flatMap { file in
            var reader = NginxReader(file.text, files: files.filter { $0.path != file.path }, folder: folder)
            return reader.block()
        }
    }

    private enum Token {
        case open, end, semicolon
        case word(String)
    }

    private mutating func next() -> Token? {
        while let first = rest.first {
            if first == "#" {
                rest = rest.drop { $0 != "\n" }
            } else if first.isWhitespace {
                rest = rest.dropFirst()
            } else {
                return token(first)
            }
        }
        return nil
    }

    private mutating func token(_ first: Character) -> Token {
        switch first {
        case "{", "}", ";":
            rest = rest.dropFirst()
            return first == "{" ? .open : first == "}" ? .end : .semicolon
        case "\"", "'": return .word(quoted(first))
        default:
            let word = rest.prefix { !$0.isWhitespace && $0 != ";" && $0 != "{" }
            rest = rest.dropFirst(max(1, word.count))
            return .word(String(word))
        }
    }

    private mutating func quoted(_ mark: Character) -> String {
        var word = ""
        rest = rest.dropFirst()
        while let next = rest.popFirst(), next != mark {
            if next == "\\", let escaped = rest.popFirst() { word.append(escaped) } else { word.append(next) }
        }
        return word
    }
}
