import LettaModel
import Testing

@testable import FerryCLI

@Suite struct ArgumentParserTests {
    private let parser = ArgumentParser(commands: CommandTable.all, globals: GlobalOptions.flags)

    private func invocation(_ line: String) throws -> Invocation {
        guard case .run(let invocation) = try parser.parse(words(line)) else { throw NoInvocation() }
        return invocation
    }

    private struct NoInvocation: Error {}

    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    private func failure(_ line: String) -> Failure? {
        do {
            _ = try parser.parse(words(line))
            return nil
        } catch {
            return error as? Failure
        }
    }

    @Test func `arguments and flags may stand in any order`() throws {
        for line in ["move ada --from a --to b", "move --from a ada --to b", "move --to b --from a ada"] {
            let found = try invocation(line)
            #expect(found.arguments == ["ada"])
            #expect(found.value("from") == "a")
            #expect(found.value("to") == "b")
        }
    }

    @Test func `a value may follow an equals sign`() throws {
        #expect(try invocation("agents --at=http://h/?a=b").value("at") == "http://h/?a=b")
    }

    @Test func `the longest command that fits is meant`() throws {
        #expect(try invocation("runs").command.name == "runs")
        #expect(try invocation("runs rm x").command.name == "runs rm")
    }

    @Test func `a flag that may be repeated keeps every value`() throws {
        #expect(try invocation("load f --to b --accept one --accept two").values("accept") == ["one", "two"])
    }

    @Test func `what follows two dashes is an argument`() throws {
        #expect(try invocation("export -o x -- --odd.ferry").arguments == ["--odd.ferry"])
    }

    @Test func `a short flag is the long one`() throws {
        #expect(try invocation("export a -o b").value("output") == "b")
        #expect(try invocation("agents -q").has("quiet"))
    }

    @Test func `flags of every command may stand before it`() throws {
        #expect(try invocation("--json --quiet agents").has("json"))
    }

    @Test(arguments: ["", "--help", "-h", "help", "--json"])
    func `without a command there is the overview`(line: String) throws {
        guard case .help(nil) = try parser.parse(words(line)) else {
            Issue.record("\(line) is not the overview")
            return
        }
    }

    @Test(arguments: [
        "help move", "move --help", "move -h", "-h move", "move ada --from a -h", "--help move",
    ])
    func `help of one command can be asked for in any place`(line: String) throws {
        guard case .help(let spec?) = try parser.parse(words(line)) else {
            Issue.record("\(line) is no help page")
            return
        }
        #expect(spec.name == "move")
    }

    @Test func `two dashes hide a help flag`() throws {
        #expect(try invocation("export -o x -- -h").arguments == ["-h"])
    }

    @Test(arguments: ["--version", "version"])
    func `the version can be asked for`(line: String) throws {
        guard case .version = try parser.parse([line]) else {
            Issue.record("\(line) is not the version")
            return
        }
    }

    /// Line, what the error is about, what its remedy says.
    static let wrong: [(String, String, String)] = [
        ("mvoe ada", "mvoe", "ferry move"),
        ("servers ad x", "ad", "ferry servers add"),
        ("runs remove", "remove", "ferry runs rm"),
        ("move ada --frm a --to b", "--frm", "--from"),
        ("move ada --to b", "--from", "ferry move AGENT... --from SERVER --to SERVER"),
        ("move", "move", "ferry move AGENT"),
        ("plan one two --from a --to b", "two", "ferry plan AGENT"),
        ("move ada --from", "--from", "--from SERVER"),
        ("move ada --from --to b", "--from", "--from SERVER"),
        ("move ada --from= --to b", "--from", "--from SERVER"),
        ("move ada --from a --from b --to c", "--from", "once"),
        ("load f --to b --tools replace", "replace", "fail"),
        ("agents --hidden=yes", "--hidden", "--hidden"),
        ("move ada --from a --to b --undo", "--undo", "ferry help move"),
    ]

    @Test(arguments: wrong)
    func `a wrong command line says what is wrong and what to type`(
        line: String, subject: String, remedy: String
    ) {
        let found = failure(line)
        #expect(found?.code == .usage)
        #expect(found.map { "\($0.subject) \($0.reason)" }?.contains(subject) == true)
        #expect(found?.remedy.contains(remedy) == true, "\(found?.remedy ?? "")")
    }

    @Test func `a word far from every command brings no suggestion`() {
        #expect(failure("teleport")?.remedy.contains("did you mean") == false)
    }

    @Test func `a value may look like a flag after an equals sign`() throws {
        #expect(try invocation("load f --to b --as=--yes").value("as") == "--yes")
    }

    @Test func `the command line of a run can be typed again`() throws {
        let line = "ferry move ada --from a --to b --accept one --accept two --read-only"
        #expect(try invocation(String(line.dropFirst(6))).text == line)
    }
}
