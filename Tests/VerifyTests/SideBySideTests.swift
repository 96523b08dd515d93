import LettaModel
import LosslessJSON
import Testing

@testable import Verify

/// Two sides of which nobody is the target.
@Suite struct SideBySideTests {
    private static func json(_ text: String) -> VerbatimJSON { Array(text.utf8) }

    private static func section(_ sides: SideBySide) throws -> SideBySide.Section {
        try #require(sides.sections.first)
    }

    @Test func `what every server makes anew is no difference`() {
        var sides = SideBySide()
        sides.agents(
            Self.json(#"{"id":"agent-1","name":"Ada","created_at":"x"}"#),
            Self.json(#"{"id":"agent-2","name":"Ada","created_at":"y"}"#))
        sides.blocks(
            [KeyedItem(key: "persona", json: Self.json(#"{"id":"1","label":"persona","value":"I."}"#))],
            [KeyedItem(key: "persona", json: Self.json(#"{"id":"2","label":"persona","value":"I."}"#))])
        #expect(sides.isEqual)
        #expect(sides.sections[1].equals == ["block persona"])
    }

    @Test func `each side's own things, and fields that differ, are named`() throws {
        var sides = SideBySide()
        sides.blocks(
            [
                KeyedItem(key: "a", json: Self.json(#"{"value":"one","limit":5}"#)),
                KeyedItem(key: "b", json: Self.json(#"{"value":"x"}"#)),
            ],
            [
                KeyedItem(key: "a", json: Self.json(#"{"value":"two","limit":5}"#)),
                KeyedItem(key: "c", json: Self.json(#"{"value":"x"}"#)),
            ])
        let section = try Self.section(sides)
        #expect(!sides.isEqual)
        #expect([section.one, section.other, section.equal, section.differing] == [2, 2, 0, 3])
        #expect(
            Set(section.differences.map { "\($0.damage.rawValue) \($0.item)" }) == [
                "changed block a", "missing block b", "extra block c",
            ])
        let changed = try #require(section.differences.first { $0.damage == .changed })
        #expect(changed.fields.map(\.path) == ["value"])
        #expect(section.equals == [])
    }

    @Test func `what the laconic side does not mention is not compared, whichever it is`() throws {
        let (much, little) = (Self.json(#"{"name":"Ada","hidden":true}"#), Self.json(#"{"name":"Bob"}"#))
        for (laconic, one, other) in [
            (SideBySide.Laconic.other, much, little), (.one, little, much),
        ] {
            var sides = SideBySide(laconic: laconic)
            sides.agents(one, other)
            let fields = try Self.section(sides).differences.flatMap(\.fields)
            #expect(fields.map(\.path) == ["name"])
            #expect(fields.first?.expected == (laconic == .one ? "“Bob”" : "“Ada”"))
        }
        var whole = SideBySide()
        whole.agents(much, little)
        #expect(try Self.section(whole).differences.flatMap(\.fields).count == 2)
    }

    @Test func `an id in context without a row is named, and never equal to another one`() {
        var sides = SideBySide()
        sides.context([0, nil], [0, nil])
        #expect(sides.sections[0].one == 1 && sides.sections[0].isEqual)
        #expect(sides.notCompared.count == 1 && sides.notCompared[0].contains("1 of the first, 1 of the"))
        var known = SideBySide()
        known.context([0, 1], [0, nil])
        #expect(!known.isEqual && known.notCompared.count == 1)
    }

    @Test func `rows, context and passages are compared in their order`() throws {
        func row(_ number: UInt8) -> RowPrint {
            RowPrint(
                digest: ContentDigest(bytes: Array(repeating: number, count: 32)), role: "user",
                createdAt: "2026-05-02T10:11:1\(number)Z")
        }
        var pairing = RowPairing()
        for number in [1, 2, 3] { pairing.one(row(UInt8(number))) }
        for number in [1, 3, 4] { pairing.other(row(UInt8(number))) }
        var sides = SideBySide()
        sides.messages(pairing.finish())
        sides.context([0, 1], [0, nil])
        var passages = PassagePairs()
        passages.one(
            PassagePrint(
                createdAt: "2026-05-02T10:11:12Z", text: ContentDigest(bytes: [1]), tags: [], metadata: .none)
        )
        sides.passages(passages)
        #expect(sides.sections.map(\.kind) == [.messages, .context, .passages])
        let messages = sides.sections[0]
        #expect([messages.one, messages.other, messages.equal] == [3, 3, 2])
        #expect(Set(messages.differences.map(\.damage)) == [.missing, .extra])
        #expect(messages.differences.contains { $0.item.contains("of the second") })
        #expect(sides.sections.allSatisfy { !$0.isEqual })
    }
}
