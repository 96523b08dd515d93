import LettaModel
import LosslessJSON
import Testing

@testable import FerryCLI

@Suite struct PrintableTests {
    private let evil = "evil \u{1b}[31mred\nferry: all is well\u{9b}2J\u{7}"
    private let tame = #"evil \u{1B}[31mred\nferry: all is well\u{009B}2J\u{07}"#

    @Test func `control characters of a name are spelt out`() {
        #expect(Printable.escaped(evil) == tame)
        #expect(Printable.escaped("Inês “Ada” \u{1F600}") == "Inês “Ada” \u{1F600}")
    }

    @Test func `a page keeps its lines, and its styles where it has any`() {
        let page = "a\n\u{1b}[1mb\u{1b}[0m\u{1b}[2J\n"
        #expect(Printable.page(page, isStyled: true) == "a\n\u{1b}[1mb\u{1b}[0m\\u{1B}[2J\n")
        #expect(Printable.page(page, isStyled: false) == "a\n\\u{1B}[1mb\\u{1B}[0m\\u{1B}[2J\n")
    }

    @Test func `an error, a table and an outline escape what they are given`() {
        let failure = Failure(.agentNameInvalid, subject: evil, reason: evil, remedy: evil)
        #expect(!FailureText.plain(failure, isVerbose: true, color: false).contains("\u{1b}"))
        #expect(Columns.render([[evil, "x"]]) == "\(tame)  x\n")
        #expect(Outline.render(["agent": .string(evil)]) == "agent  \(tame)\n")
    }
}
