import Glibc
import LettaModel
import Testing

@testable import FerryCLI

@Suite struct TokenReaderTests {
    private let home = Sandbox()

    private func token(_ source: TokenSource?, _ environment: [String: String] = [:]) throws -> String? {
        let entry = ServerEntry(name: "home", url: "https://h", token: source)
        return try TokenReader(environment: environment).token(of: entry)?.reveal()
    }

    @Test func `a server without a token needs none`() throws {
        #expect(try token(nil) == nil)
    }

    @Test func `a token comes from the environment`() throws {
        #expect(try token(.environment("T"), ["T": "abc"]) == "abc")
    }

    @Test func `white space around a token of the environment is not part of it`() throws {
        #expect(try token(.environment("T"), ["T": " abc\n"]) == "abc")
        #expect(code { _ = try token(.environment("T"), ["T": " \n"]) } == .tokenMissing)
    }

    @Test func `a folder's name may hold a number sign`() throws {
        mkdir(home.path + "/a#b", 0o700)
        home.write("KEY=abc\n", to: "a#b/env")
        #expect(try token(.file(home.path + "/a#b/env#KEY")) == "abc")
        #expect(try token(.file(home.path + "/a#b/env")) == "KEY=abc")
    }

    @Test func `white space around a token in a file is not part of it`() throws {
        home.write("  abc\n\n", to: "token")
        #expect(try token(.file(home.path + "/token")) == "abc")
    }

    @Test(arguments: ["KEY=abc", "export KEY=abc", "KEY = \"abc\"", "KEY='abc'"])
    func `a key of an env file names its line`(line: String) throws {
        home.write("OTHER=x\n\(line)\nLAST=y\n", to: "env")
        #expect(try token(.file(home.path + "/env#KEY")) == "abc")
    }

    @Test func `a command prints a token`() throws {
        #expect(try token(.command("printf 'abc\\n'")) == "abc")
    }

    @Test func `a variable that is not set is missing`() {
        #expect(code { _ = try token(.environment("T"), ["T": ""]) } == .tokenMissing)
        #expect(code { _ = try token(.environment("T")) } == .tokenMissing)
    }

    @Test func `an empty file and a missing key are a missing token`() {
        home.write("\n", to: "empty")
        #expect(code { _ = try token(.file(home.path + "/empty")) } == .tokenMissing)
        #expect(code { _ = try token(.file(home.path + "/empty#KEY")) } == .tokenMissing)
    }

    @Test func `a file that is not there is unreadable`() {
        #expect(code { _ = try token(.file(home.path + "/none")) } == .fileUnreadable)
    }

    @Test(arguments: ["exit 3", "true", "printf abc; exit 1"])
    func `a command that fails or is silent gives no token`(command: String) {
        #expect(code { _ = try token(.command(command)) } == .tokenMissing)
    }

    @Test func `where a token comes from is said without it`() {
        #expect(TokenSource.command("pass show x").description == "token from a command")
        #expect(TokenSource.environment("T").description == "token from $T")
    }
}
