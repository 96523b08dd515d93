import LosslessJSON
import Testing

@Test func `patching a member leaves all other bytes as they are`() throws {
    let document = try JSONDocument(#"{"id": "a", "n": 1.50, "\ud800": [1, 2], "id2": {"id": 1}}"#)
    var node = JSONNode.shallow(document.root)
    node["id"] = "b"
    #expect(node.text() == #"{"id":"b","n":1.50,"\ud800":[1, 2],"id2":{"id": 1}}"#)
}

@Test func `setting appends, replaces in place or removes`() {
    var node: JSONNode = ["a": 1, "b": [true, nil], "a": 2]
    node["c"] = .int(3)
    #expect(node.text() == #"{"a":1,"b":[true,null],"a":2,"c":3}"#)
    #expect(node["a"] == 2)
    node["a"] = "x"
    #expect(node.text() == #"{"b":[true,null],"a":"x","c":3}"#)
    node["b"] = nil
    node["absent"] = nil
    #expect(node.text() == #"{"a":"x","c":3}"#)
    node["a"] = .some(.null)
    #expect(node.text() == #"{"a":null,"c":3}"#)
}

@Test func `a verbatim object can be looked into and patched`() throws {
    var node = JSONNode(try JSONDocument(#"{"a": {"b": 1.0}}"#).root)
    node["a"]?["c"] = false
    #expect(node.text() == #"{"a":{"b":1.0,"c":false}}"#)
}

@Test func `setting a member of what is no object has no effect`() {
    var node: JSONNode = [1]
    node["a"] = 2
    #expect(node == [1])
    #expect(node["a"] == nil)
}

@Test func `a built string reads back as it was`() throws {
    let text = "quote \" backslash \\ line\n tab\t null\0 bell\u{7} 記 😀 / \u{7F}"
    let bytes = JSONNode.string(text).bytes()
    #expect(try JSONDocument(bytes).root.string == text)
}

@Test(arguments: 0..<30)
func `a node of a value has the value's bytes`(seed: UInt64) throws {
    var random = Seeded(seed)
    let value = RandomValue.make(&random)
    var speller = Speller(random: random)
    let root = try JSONDocument(speller.text(of: value)).root
    #expect(JSONNode(root).bytes() == Array(root.raw))
    let copy = try JSONDocument(JSONNode.shallow(root).bytes()).root
    #expect(copy.minified() == root.minified())
}
