import LosslessJSON
import Testing

private let agentFile = """
    \u{FEFF}{"agents": [{"id": "a", "messages": [{"n": 1, "t": "x\\"] é 記"}, "x ]", 2.50], "z": [ 1, -2e3 ]},
     {"messages": []}, {"messages": null}, {"messages": {"a": [1]}}, 7], "note": "caf\\u00e9 \\\\", "n": -1.0,
     "tools": [{"t": [1, 2]}], "mess\\u0061ges": [[3, 4], "\\ud83d"], "ok": true }

    """
private let agentPaths: [JSONPath] = ["$.agents[*].messages[*]", "$.messages[*]"]

@Test func `elements of an agent file come out one by one`() throws {
    let (elements, rest) = try split(agentFile, agentPaths)
    #expect(
        elements.map(\.bytes.text) == [#"{"n":1,"t":"x\"] é 記"}"#, #""x ]""#, "2.50", "[3,4]", #""\ud83d""#])
    #expect(elements.map(\.indices) == [[0, 0], [0, 1], [0, 2], [0], [1]])
    #expect(elements.map(\.path) == [0, 0, 0, 1, 1])
    #expect(
        rest
            == #"{"agents":[{"id":"a","messages":[],"z":[1,-2e3]},{"messages":[]},{"messages":null},"#
            + #"{"messages":{"a":[1]}},7],"note":"caf\u00e9 \\","n":-1.0,"tools":[{"t":[1,2]}],"#
            + #""mess\u0061ges":[],"ok":true}"#)
}

@Test(arguments: 1...40)
func `the size of chunks makes no difference`(size: Int) throws {
    let whole = try split(agentFile, agentPaths)
    let pieces = try split(agentFile, agentPaths, size: size)
    #expect(pieces.elements.map(\.bytes) == whole.elements.map(\.bytes))
    #expect(pieces.elements.map(\.indices) == whole.elements.map(\.indices))
    #expect(pieces.rest == whole.rest)
}

@Test(arguments: [1, 2, 3, 7, 1000])
func `dropped members vanish from elements`(size: Int) throws {
    let text =
        #"[{"embedding": [0.1, [], "]"], "text": "a"}, {"text": "b", "emb\u0065dding": null , "z": 1}, {"embedding":1}, 7]"#
    let (elements, rest) = try split(text, ["$[*]"], dropping: ["$[*].embedding"], size: size)
    #expect(elements.map(\.bytes.text) == [#"{"text":"a"}"#, #"{"text":"b","z":1}"#, "{}", "7"])
    #expect(rest == "[]")
}

@Test func `dropped members vanish from the rest`() throws {
    let text =
        #"{"passages": [{"embedding": [1], "id": 1, "config": {"embedding": 2}}], "embedding": "kept"}"#
    let (elements, rest) = try split(text, [], dropping: ["$.passages[*].embedding"])
    #expect(elements.isEmpty)
    #expect(rest == #"{"passages":[{"id":1,"config":{"embedding":2}}],"embedding":"kept"}"#)
}

@Test(arguments: [1, 5, 1000])
func `a path inside another one hands out the inner elements first`(size: Int) throws {
    let text = #"{"agents": [{"id": 1, "messages": ["a", "b"]}, {"messages": ["c"], "id": 2}]}"#
    let (elements, rest) = try split(text, ["$.agents[*]", "$.agents[*].messages[*]"], size: size)
    #expect(
        elements.map(\.bytes.text)
            == [#""a""#, #""b""#, #"{"id":1,"messages":[]}"#, #""c""#, #"{"messages":[],"id":2}"#])
    #expect(elements.map(\.path) == [1, 1, 0, 1, 0])
    #expect(elements.map(\.indices) == [[0, 0], [0, 1], [0], [1, 0], [1]])
    #expect(rest == #"{"agents":[]}"#)
}

@Test func `arrays in arrays are streamed with both places`() throws {
    let (elements, rest) = try split("[[1, 2], [], 3, [4]]", ["$[*][*]"])
    #expect(elements.map(\.bytes.text) == ["1", "2", "4"])
    #expect(elements.map(\.indices) == [[0, 0], [0, 1], [3, 0]])
    #expect(rest == "[[],[],3,[]]")
}

@Test func `a member that occurs twice is streamed twice`() throws {
    let (elements, rest) = try split(#"{"m": [1], "m": [2]}"#, ["$.m[*]"])
    #expect(elements.map(\.bytes.text) == ["1", "2"])
    #expect(rest == #"{"m":[],"m":[]}"#)
}

@Test(arguments: ["12", " -1.5e3\n", "\"a\"", "null", "{}", "[ ]", "\u{FEFF}true"])
func `a text without anything to stream is the rest`(text: String) throws {
    for size in [1, 2, 100] {
        let (elements, rest) = try split(text, ["$[*]", "$.a[*]"], size: size)
        #expect(elements.isEmpty)
        #expect(rest == (try JSONDocument(text).root.minified().text))
    }
}

/// What is wrong outside elements, and where.
@Test(
    arguments: [
        ("", .unexpectedEnd, 0), ("[1, 2", .unexpectedEnd, 5), (#"{"m": [1"#, .unexpectedEnd, 8),
        (#"{"m": "abc"#, .unexpectedEnd, 10), ("[1] x", .trailingBytes, 4), ("[1],", .trailingBytes, 3),
        ("[1 2]", .unexpectedByte, 3), ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1),
        ("[1}", .unexpectedByte, 2), ("[[1}]", .unexpectedByte, 3), (#"{"m" 1}"#, .unexpectedByte, 5),
        (#"{"m":1,}"#, .unexpectedByte, 7), ("{m:1}", .unexpectedByte, 1),
        (#"{"m": [], "x": [1,, 2]}"#, .unexpectedByte, 18),
        (#"{"x": tru, "m": []}"#, .unexpectedByte, 9), (#"{"x": 1., "m": []}"#, .invalidNumber, 8),
        (#"{"x": "\q"}"#, .invalidEscape, 8), (#"{"a\q": 1}"#, .invalidEscape, 4),
        ("{\"a\u{1}\": 1}", .invalidString, 3),
        ("[NaN]", .notFinite, 1), (#"{"x": -Infinity}"#, .notFinite, 6),
        ("[{\"a\": 1 2}]", .unexpectedByte, 9),
        ("[[tr ue]]", .unexpectedByte, 5), ("[[1\n\n2]]", .unexpectedByte, 5), ("tru", .unexpectedEnd, 3),
    ] as [(String, JSONError.Code, Int)])
func `an error has its place in the whole text`(text: String, code: JSONError.Code, offset: Int) {
    for size in [1, 2, 3, 100] {
        #expect(throws: JSONError(code, offset: offset), "size \(size)") {
            try split(text, ["$[*]", "$.m[*]"], dropping: ["$[*].d"], size: size)
        }
    }
}

@Test func `a byte order mark that is cut short is refused`() {
    #expect(throws: JSONError(.unexpectedByte, offset: 0)) {
        var splitter = JSONSplitter(streaming: [])
        try splitter.feed([0xEF]) { _ in }
        try splitter.feed(Array("[]".utf8)) { _ in }
    }
}

@Test func `depth is bounded on paths, in elements and in what is dropped`() {
    let open = String(repeating: "[", count: 600)
    for paths in [["$[*]"], ["$[*][*]"], []] as [[JSONPath]] {
        #expect(throws: JSONError(.tooDeep, offset: 512)) { try split(open, paths) }
    }
    #expect(throws: JSONError(.tooDeep, offset: 516)) {
        try split("{\"d\":" + open, [], dropping: ["$.d"])
    }
}

@Test func `an error of the receiver ends the reading`() {
    struct Full: Error {}
    var splitter = JSONSplitter(streaming: ["$[*]"])
    #expect(throws: Full.self) { try splitter.feed(Array("[1, 2]".utf8)) { _ in throw Full() } }
}

@Test(arguments: 0..<80)
func `elements and rest make up the whole`(seed: UInt64) throws {
    var random = Seeded(seed)
    let items = (0..<random.below(5)).map { _ in RandomValue.make(&random, depth: 3) }
    let document = RandomValue.object([
        (Array("before".utf16), .make(&random)), (Array("list".utf16), .array(items)),
        (Array("after".utf16), .make(&random)),
    ])
    var speller = Speller(random: random)
    let text = speller.text(of: document)
    let (elements, rest) = try split(text, ["$.list[*]"], size: 1 + random.below(20))
    let joined = elements.map(\.bytes.text).joined(separator: ",")
    var whole = JSONNode.shallow(try JSONDocument(rest).root)
    whole["list"] = .verbatim(Array("[\(joined)]".utf8))
    #expect(whole.text() == (try JSONDocument(text).root.minified().text))
}

@Test(arguments: ["", "a", "$a", "$.", "$[", "$[1]", "$..a", "$[*", "$[\"a]"])
func `what is no path is refused`(text: String) {
    #expect(JSONPath(parsing: text) == nil)
}

@Test func `a path can name any member`() throws {
    let path = try #require(JSONPath(parsing: "$[\"a.b[\"].c[*]"))
    let (elements, rest) = try split(#"{"a.b[": {"c": [1]}}"#, [path])
    #expect(elements.map(\.bytes.text) == ["1"])
    #expect(rest == #"{"a.b[":{"c":[]}}"#)
}

/// Splits a text that is fed in pieces of `size` bytes.
private func split(
    _ text: String, _ streaming: [JSONPath], dropping: [JSONPath] = [], size: Int = 1 << 20
) throws -> (elements: [JSONElement], rest: String) {
    var splitter = JSONSplitter(streaming: streaming, dropping: dropping)
    var elements: [JSONElement] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
        try splitter.feed(Array(bytes[start..<min(start + size, bytes.count)])) { elements.append($0) }
    }
    return (elements, try splitter.finish().text)
}
