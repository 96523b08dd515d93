import LettaModel
import Plan
import Testing

@Suite struct HandleMapTests {
    private func map(_ text: String) throws -> HandleMap { try HandleMap(Array(text.utf8), file: "map.json") }

    @Test func `a map names models and embeddings, both as it likes`() throws {
        let both = try map(#"{"models": {"a/b": "c/d"}, "embeddings": {"e/f": "g/h"}}"#)
        #expect(both == HandleMap(models: ["a/b": "c/d"], embeddings: ["e/f": "g/h"]))
        #expect(try map(#"{"models": {}}"#).isEmpty)
        #expect(try map("{}").isEmpty)
    }

    @Test(arguments: [
        ("", "no JSON object"), ("[]", "no JSON object"), (#"{"model": {}}"#, "“model”"),
        (#"{"models": ["a"]}"#, "no object"), (#"{"models": {"a/b": 1}}"#, "maps a/b of models"),
        (#"{"embeddings": {"a/b": ""}}"#, "maps a/b of embeddings"),
        (#"{"models": {"a/b": "c", "a/b": "d"}}"#, "twice"),
    ])
    func `what is no map says where`(text: String, words: String) {
        #expect {
            try map(text)
        } throws: { error in
            let failure = error as? Failure
            return failure?.code == .fileUnreadable && failure?.subject == "map.json"
                && failure?.reason.contains(words) == true
        }
    }

    @Test func `a flag says more than the map, and a handle that it does not name stays`() {
        var choices = Choices(handles: HandleMap(models: ["a/b": "c/d"], embeddings: ["e/f": "g/h"]))
        #expect(choices.mapped(model: "a/b", embedding: "e/f").model == "c/d")
        #expect(choices.mapped(model: "a/b", embedding: "e/f").embedding == "g/h")
        #expect(choices.mapped(model: "x/y", embedding: nil).model == nil)
        choices.model = "by/flag"
        #expect(choices.mapped(model: "a/b", embedding: nil).model == "by/flag")
    }
}
