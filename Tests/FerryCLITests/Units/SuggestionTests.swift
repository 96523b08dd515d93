import Testing

@testable import FerryCLI

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("move", "mvoe", 2), ("kitten", "sitting", 3),
    ])
    func `the distance counts letters to change, add or drop`(one: String, other: String, steps: Int) {
        #expect(Suggestion.distance(one, other) == steps)
        #expect(Suggestion.distance(other, one) == steps)
    }

    @Test func `the nearest word is suggested`() {
        #expect(Suggestion.nearest(to: "snapshto", among: ["show", "snapshot"]) == "snapshot")
    }

    @Test func `a word that is far from all brings none`() {
        #expect(Suggestion.nearest(to: "xyzzyx", among: ["show", "move"]) == nil)
    }

    @Test func `no words bring no suggestion`() {
        #expect(Suggestion.nearest(to: "move", among: []) == nil)
    }
}
