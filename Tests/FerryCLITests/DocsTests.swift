import LettaModel
import Testing

@testable import FerryCLI

/// The pages under docs/ and the program say the same, in both directions.
@Suite struct DocsTests {
    // MARK: docs/exit-codes.md

    @Test func `every exit code is documented with its meaning, and no other`() {
        let rows = MarkdownTables(Repository.text("docs/exit-codes.md")).rows
        #expect(rows.map { $0[0] } == ExitCode.allCases.map { "\($0.rawValue)" })
        #expect(rows.map { $0[1] } == ExitCode.allCases.map(\.meaning))
    }

    // MARK: docs/errors.md

    private static let errors = MarkdownTables(Repository.text("docs/errors.md")).rows

    @Test func `every error code is documented once, and no other`() {
        let documented = Self.errors.map { $0[0].filter { $0 != "`" } }
        #expect(Set(documented) == Set(ErrorCode.allCases.map(\.rawValue)))
        #expect(documented.count == ErrorCode.allCases.count)
    }

    @Test(arguments: errors)
    func `an error is documented with the exit code that it ends with`(row: [String]) throws {
        let code = try #require(ErrorCode(rawValue: row[0].filter { $0 != "`" }))
        let ends = [Failure.End.source, .target].map { "\(ExitCode.of(code, end: $0).rawValue)" }
        #expect(row.count == 5)
        #expect(row.last == (ends[0] == ends[1] ? ends[0] : ends.joined(separator: " / ")))
        #expect(row.allSatisfy { !$0.isEmpty })
    }

    // MARK: docs/commands.md

    private static let sections = CommandSections(Repository.text("docs/commands.md")).byName

    @Test func `every command has a section, and no other`() {
        #expect(Set(Self.sections.keys) == Set(CommandTable.all.map(\.name)))
    }

    @Test(arguments: CommandTable.all.map(\.name))
    func `a command's section has its arguments and flags, and no others`(name: String) throws {
        let spec = try #require(CommandTable.all.first { $0.name == name })
        let section = try #require(Self.sections[name])
        let rows = MarkdownTables(section).rows
        let expected = spec.arguments.map(\.name) + spec.flags.map(\.documented)
        #expect(rows.map { $0[0] } == expected.map { "`\($0)`" })
        #expect(rows.allSatisfy { $0.count == 3 && $0.allSatisfy { !$0.isEmpty } })
    }

    @Test(arguments: CommandTable.all.map(\.name))
    func `a command's section shows its usage and an example that parses`(name: String) throws {
        let spec = try #require(CommandTable.all.first { $0.name == name })
        let lines = try #require(Self.sections[name]).split(separator: "\n").map(String.init)
        #expect(lines.contains(spec.usage))
        let examples = lines.filter { $0.hasPrefix("$ ferry ") }
        #expect(!examples.isEmpty)
        let parser = ArgumentParser(commands: CommandTable.all, globals: GlobalOptions.flags)
        for example in examples {
            let words = example.dropFirst("$ ferry ".count).split(separator: " ").map(String.init)
            guard case .run(let invocation) = try parser.parse(words) else {
                Issue.record("\(example) runs nothing")
                continue
            }
            #expect(invocation.command.name == name)
        }
    }

    @Test(
        arguments: CommandTable.all.flatMap { spec in
            spec.flags.filter(\.isRequired).map { [spec.name, $0.documented] }
        })
    func `a required flag has no default`(place: [String]) throws {
        let rows = MarkdownTables(try #require(Self.sections[place[0]])).rows
        #expect(rows.first { $0[0] == "`\(place[1])`" }?[1] == "required")
    }

    @Test func `the flags of every command are documented, and no others`() {
        let text = Repository.text("docs/commands.md").split(separator: "\n## ").map(String.init)
        let section = text.first { $0.hasPrefix("Flags of every command") } ?? ""
        #expect(
            MarkdownTables(section).rows.map { $0[0] } == GlobalOptions.flags.map { "`\($0.documented)`" })
    }

    // MARK: Everything that names a command

    static let pages =
        ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"]
        + Folder.files(below: Repository.path + "/docs").filter { $0.hasSuffix(".md") }
        .map { String($0.dropFirst(Repository.path.count + 1)) }

    @Test(arguments: pages)
    func `a page names only commands that exist`(page: String) {
        for word in CommandWords.after("`ferry ", in: Repository.text(page)) {
            #expect(CommandWords.known.contains(word), "ferry \(word)")
        }
        for word in CommandWords.after("$ ferry ", in: Repository.text(page)) {
            #expect(CommandWords.known.contains(word), "ferry \(word)")
        }
    }

    static let sources = Folder.files(below: Repository.path + "/Sources").filter { $0.hasSuffix(".swift") }

    @Test func `what the program tells to type exists`() {
        for file in Self.sources {
            for line in Folder.text(of: file).split(separator: "\n") where line.contains("\"") {
                let words =
                    CommandWords.after("`ferry ", in: String(line))
                    + CommandWords.after(": ferry ", in: String(line))
                for word in words { #expect(CommandWords.known.contains(word), "\(file): \(line)") }
            }
        }
    }

    @Test func `the index of docs names every page, and no other`() {
        let index = Repository.text("docs/README.md")
        let linked = Set(index.matches(of: /\]\(([a-z-]+\.md)\)/).map { String($0.1) })
        let pages = Folder.names(in: Repository.path + "/docs").filter {
            $0.hasSuffix(".md") && $0 != "README.md"
        }
        #expect(linked == Set(pages))
    }

    @Test(arguments: pages)
    func `a page links only to files that exist`(page: String) {
        let folder = BuiltProgram.parent(of: "\(Repository.path)/\(page)")
        for link in Repository.text(page).matches(of: /\]\(([^)#:]+)\)/) {
            let path = "\(folder)/\(link.1)"
            #expect(Folder.isFolder(path) || !Folder.bytes(of: path).isEmpty, "\(link.1)")
        }
    }
}

extension FlagSpec {
    /// `-o, --output FILE`, as a help page shows it.
    fileprivate var documented: String { (short.map { "-\($0), " } ?? "") + usage }
}

/// The words that may follow `ferry` in a sentence.
enum CommandWords {
    static let known = Set(CommandTable.all.map { $0.path[0] }).union(["help", "COMMAND", "…"])

    /// Lower-case words that directly follow the mark.
    static func after(_ mark: String, in text: String) -> [String] {
        text.split(separator: mark).dropFirst().map { String($0.prefix { $0.isLetter || $0 == "…" }) }
            .filter { !$0.isEmpty }
    }
}

/// Rows of all Markdown tables of a text, without their heads.
struct MarkdownTables {
    let rows: [[String]]

    init(_ text: String) {
        var rows: [[String]] = []
        var isBody = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                isBody = false
                continue
            }
            if line.hasPrefix("|---") {
                isBody = true
            } else if isBody {
                rows.append(Self.cells(String(line)))
            }
        }
        self.rows = rows
    }

    private static func cells(_ line: String) -> [String] {
        let marked = line.replacing("\\|", with: "\u{1}")
        return marked.split(separator: "|").map { cell in
            let text = cell.drop { $0 == " " }.replacing("\u{1}", with: "|")
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
    }
}

/// The sections `## ferry NAME` of a page.
struct CommandSections {
    let byName: [String: String]

    init(_ text: String) {
        var found: [String: String] = [:]
        for section in text.split(separator: "\n## ").dropFirst() where section.hasPrefix("ferry ") {
            let name = section.prefix { $0 != "\n" }.dropFirst("ferry ".count)
            found[String(name)] = String(section)
        }
        byName = found
    }
}
