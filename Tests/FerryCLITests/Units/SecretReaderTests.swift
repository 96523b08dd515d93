import LettaModel
import Testing

@testable import FerryCLI

@Suite struct SecretReaderTests {
    private let home = Sandbox()

    private func value(_ argument: String, _ environment: [String: String] = [:]) throws -> String? {
        try SecretReader(environment: environment).values(of: [argument])[SecretReader.name(of: argument)]?
            .reveal()
    }

    @Test func `a bare name is read from the environment`() throws {
        #expect(try value("KEY", ["KEY": "abc"]) == "abc")
    }

    @Test func `a file gives its text without the last newline`() throws {
        home.write("ab c\n\n", to: "key")
        #expect(try value("KEY=@\(home.path)/key") == "ab c\n")
    }

    @Test func `a name that the environment lacks is missing`() {
        #expect(code { _ = try value("KEY") } == .secretMissing)
        #expect(code { _ = try value("KEY", ["KEY": ""]) } == .secretMissing)
    }

    @Test func `a value on the command line is refused and not repeated`() {
        do {
            _ = try value("KEY=hunter2")
            Issue.record("was taken")
        } catch {
            let text = FailureText.plain(error as? Failure ?? Self.none, isVerbose: true, color: false)
            #expect((error as? Failure)?.code == .usage)
            #expect(!text.contains("hunter2"))
        }
    }

    private static let none = Failure(.internal, subject: "", reason: "hunter2", remedy: "")

    @Test func `a file that is not there is unreadable`() {
        #expect(code { _ = try value("KEY=@\(home.path)/none") } == .fileUnreadable)
    }
}
