import LettaModel
import Testing

@testable import WorkerTree

/// The expectations were taken from python-dotenv 1.0.0 itself.
@Suite struct EnvFileTests {
    struct Reading: Sendable, CustomTestStringConvertible {
        let text: String
        let key: String
        let value: String?
        var testDescription: String { text.debugDescription }

        init(_ text: String, _ key: String, _ value: String?) {
            self.text = text
            self.key = key
            self.value = value
        }
    }

    static let readings: [Reading] = [
        Reading("A=1", "A", "1"),
        Reading("export A=1", "A", "1"),
        Reading("export=1", "export", "1"),
        Reading("  A = 1  \n", "A", "1"),
        Reading("A=1 # said", "A", "1"),
        Reading("A=1#said", "A", "1#said"),
        Reading("A= # said", "A", "# said"),
        Reading("A='1 # 2' # said", "A", "1 # 2"),
        Reading("A=\"1\\n2\"", "A", "1\n2"),
        Reading("A='1\\n2'", "A", "1\\n2"),
        Reading("A='it\\'s'", "A", "it's"),
        Reading("A='ends in\\'", "A", "ends in\\"),
        Reading("A=\"two\nlines\"", "A", "two\nlines"),
        Reading("A=\"1\" 2", "A", nil),
        Reading("A=\"open\nB=2", "B", "2"),
        Reading("A=1\r\nB=2\r\n", "A", "1"),
        Reading("A=1\rB=2", "B", "2"),
        Reading("\u{FEFF}A=1\nB=2", "A", nil),
        Reading("\u{FEFF}A=1\nB=2", "B", "2"),
        Reading("A=1\nA=2", "A", "2"),
        Reading("A=1\nA", "A", nil),
        Reading("A=", "A", ""),
        Reading("'A B'=1", "A B", "1"),
        Reading("A B=1\nC=2", "C", "2"),
        Reading("A=x\nB=${A}y", "B", "xy"),
        Reading("B='${NONE:-z}'", "B", "z"),
        Reading("B=${HOME}", "B", "/h"),
        Reading("HOME=/mine\nB=${HOME}", "B", "/h"),
        Reading("B=$HOME", "B", "$HOME"),
        Reading("A=a\u{A0}", "A", "a"),
        Reading("# A=1", "A", nil),
    ]

    @Test(arguments: readings)
    func `a file is read as dotenv reads it`(reading: Reading) throws {
        let file = try EnvFile(Array(reading.text.utf8))
        #expect(file.values(in: ["HOME": "/h"])[reading.key]?.text == reading.value)
    }

    @Test func `bytes that are not UTF-8 are refused, as dotenv refuses them`() {
        #expect(throws: EnvFile.NotUTF8.self) { try EnvFile([0xFF, 0xFE, 0x41, 0x00]) }
    }

    @Test func `lines that can't be read are named, and reading goes on`() throws {
        let file = try EnvFile(Array("A=1\n\n= 3\nB C\nD=4\n".utf8))
        #expect(file.brokenLines == [3, 4])
        #expect(file.values()["D"] == EnvFile.Value(text: "4", line: 5))
    }

    // MARK: Changing

    static func change(_ text: String, _ changes: [String: EnvChange]) throws -> String {
        let bytes = try EnvFile(Array(text.utf8)).changed(changes, path: ".env")
        return String(decoding: bytes, as: UTF8.self)
    }

    static let new = EnvChange.set(.plain("agent-new"))

    @Test(
        arguments: [
            (
                "# mine\r\nexport  A = old   # why\r\nB=2\r\n",
                "# mine\r\nexport  A = agent-new   # why\r\nB=2\r\n"
            ),
            ("A='old'\nB=2", "A='agent-new'\nB=2"), ("A=\"old\" # x\n", "A=\"agent-new\" # x\n"),
            ("A=1\nA=2\n", "A=agent-new\nA=agent-new\n"), ("B=2", "B=2\nA=agent-new\n"),
            ("B=2\r\n", "B=2\r\nA=agent-new\r\n"), ("A=\n", "A=agent-new\n"),
            ("A\n", "A=agent-new\n"), ("A=\"two\nlines\"\nB=2", "A=\"agent-new\"\nB=2"),
            ("\u{FEFF}A=old\n", "\u{FEFF}A=agent-new\nA=agent-new\n"),
            ("# A=old\nB=${A}\n", "# A=old\nB=${A}\nA=agent-new\n"),
            ("A=agent-new # as it is\n", "A=agent-new # as it is\n"),
        ])
    func `a value is changed and every other byte stays`(before: String, after: String) throws {
        #expect(try Self.change(before, ["A": Self.new]) == after)
    }

    @Test(
        arguments: [
            ("A=1\nexport T=x # y\r\nB=2", "A=1\n# export T=x # y\r\nB=2"), ("T=1\nT=2\n", "# T=1\n# T=2\n"),
            ("T=\"a\nb\"\nB=2\n", "# T=\"a\n# b\"\nB=2\n"), ("\u{FEFF}T=1\n", "\u{FEFF}# T=1\n"),
            ("B=2\n", "B=2\n"), ("  T=1", "  # T=1"),
        ])
    func `a key is commented out wherever it stands`(before: String, after: String) throws {
        #expect(try Self.change(before, ["T": .commentOut]) == after)
        #expect(try EnvFile(Array(after.utf8)).values()["T"] == nil)
    }

    static let values = [
        "plain", "a/b:c@d%e+f,g=h-i.j_k^l", "with space", "hash#tag", "it's", "tab", "é🛰️",
        "a;b|c&d(e)<f>*?[g]",
        "~/home", "$HOME", "say \"hi\"", "100%", "",
    ]

    @Test(arguments: values)
    func `a shell, systemd and dotenv read the same of what is written`(value: String) throws {
        let text = try Self.change("A=old\n", ["A": .set(.plain(value))])
        #expect(try EnvFile(Array(text.utf8)).values()["A"]?.text == value)
        #expect(ShellAssignments.of(text).first?.text == value)
        #expect(UnitFile.assignments(text).first?.text == value)
    }

    @Test(arguments: [
        "back\\slash", "two\nlines", "${HOME}", "it's \"both\"", "nul\u{0}", "\u{FEFF}x", "a\u{2028}b",
    ])
    func `a value that can't be written alike for all is refused`(value: String) throws {
        let failure = #expect(throws: Failure.self) { try Self.change("A=old\n", ["A": .set(.plain(value))]) }
        #expect(failure?.code == .envValueRefused)
        #expect(failure?.description.contains(value) == false)
    }

    @Test func `whatever is changed, dotenv then sees the change and nothing else changed`() throws {
        var numbers = SystemRandom(seed: 11)
        let pieces = ["A", "B", "=", "'", "\"", "\\", " ", "\n", "\r\n", "#", "${A}", "export ", "é", "1"]
        for _ in 0..<3_000 {
            let text = (0..<Int(numbers.next() % 16)).map { _ in pieces[Int(numbers.next() % 14)] }.joined()
            let before = try EnvFile(Array(text.utf8))
            let after = try EnvFile(try before.changed(["A": Self.new], path: ".env"))
            #expect(after.values()["A"]?.text == "agent-new", "\(text.debugDescription)")
            let kept = before.bindings.filter { $0.key != "A" && !$0.isBroken }.map(\.value)
            #expect(
                after.bindings.filter { $0.key != "A" && !$0.isBroken }.map(\.value) == kept,
                "\(text.debugDescription)")
        }
    }
}

/// The same numbers in every run.
struct SystemRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}
