// What holds for any bytes whatever. A broken rule stops the process, which
// the fuzzer reports with the input.

/// A text that is read keeps its lexemes: reading its minified form gives
/// the same tape, and taking a level apart and writing it changes nothing.
func checkRoundTrip(_ bytes: [UInt8]) {
    guard let document = try? JSONDocument(bytes) else { return }
    let once = document.root.minified()
    guard let again = try? JSONDocument(once) else { fatalError("the minified form is not valid") }
    precondition(again.root.minified() == once, "minifying twice is not minifying once")
    precondition(JSONNode.shallow(again.root).bytes() == once, "taking apart and writing changes bytes")
    visit(document.root)
}

private func visit(_ value: JSONValue) {
    _ = (value.string, value.int, value.double, value.lexeme)
    precondition(value.elements.count + value.members.count == value.count, "the count is wrong")
    for (key, member) in value.members {
        precondition(value[key] != nil, "a member cannot be found by its key")
        visit(member)
    }
    value.elements.forEach(visit)
}

/// The canonical form is valid, its own canonical form, and does not depend
/// on white space.
func checkCanonical(_ bytes: [UInt8]) {
    guard let document = try? JSONDocument(bytes) else { return }
    let canonical = Canonical.bytes(document.root)
    guard let again = try? JSONDocument(canonical) else { fatalError("the canonical form is not valid") }
    precondition(Canonical.bytes(again.root) == canonical, "the canonical form of the canonical form differs")
    precondition(again.root.minified() == canonical, "the canonical form has white space")
    guard let minified = try? JSONDocument(document.root.minified()) else { return }
    precondition(Canonical.bytes(minified.root) == canonical, "white space changes the canonical form")
}

/// What a splitter hands out.
private struct Parts: Equatable {
    var elements: [[UInt8]] = []
    var indices: [[Int]] = []
    var rest: [UInt8]?
    var error: JSONError?
}

private func split(
    _ bytes: [UInt8], _ streaming: [JSONPath], dropping: [JSONPath] = [], size: Int
) -> Parts {
    var parts = Parts()
    var splitter = JSONSplitter(streaming: streaming, dropping: dropping)
    do {
        for start in stride(from: 0, to: bytes.count, by: size) {
            try splitter.feed(Array(bytes[start..<min(start + size, bytes.count)])) {
                parts.elements.append($0.bytes)
                parts.indices.append($0.indices)
            }
        }
        parts.rest = try splitter.finish()
    } catch {
        parts.error = error as? JSONError
        precondition(parts.error != nil, "an error of another type")
    }
    return parts
}

/// The first byte is the size of chunks; the rest is the text.
///
/// Chunks make no difference; without paths the splitter accepts what a
/// document accepts; with paths, what both read makes up the whole.
func checkSplitter(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let (size, bytes) = (Int(first % 17) + 1, Array(input.dropFirst()))
    let document = try? JSONDocument(bytes)
    checkChunks(bytes, size: size)
    let plain = split(bytes, [], size: size)
    precondition(plain.rest == document?.root.minified(), "the splitter and the document disagree")
    checkWhole(bytes, document, size: size)
}

private func checkChunks(_ bytes: [UInt8], size: Int) {
    for (streaming, dropping) in [
        (["$[*]", "$.a[*].b[*]"], ["$[*].e", "$.a[*].e"]), (["$.a[*]", "$.a[*].b[*]"], []),
    ]
        as [([JSONPath], [JSONPath])]
    {
        let pieces = split(bytes, streaming, dropping: dropping, size: size)
        precondition(
            pieces == split(bytes, streaming, dropping: dropping, size: bytes.count + 1),
            "chunks make a difference")
        if let offset = pieces.error?.offset {
            precondition(0...bytes.count ~= offset, "an offset outside the text")
        }
    }
}

private func checkWhole(_ bytes: [UInt8], _ document: JSONDocument?, size: Int) {
    let parts = split(bytes, ["$[*]"], size: size)
    let areValid = parts.elements.allSatisfy { (try? JSONDocument($0)) != nil }
    precondition((parts.rest != nil && areValid) == (document != nil), "the parts and the document disagree")
    guard let document, document.root.kind == .array else { return }
    precondition(parts.elements == document.root.elements.map { $0.minified() }, "the elements differ")
}

/// The first byte is the size of chunks. What is unwrapped is what a
/// document decodes, but for lone surrogates.
func checkUnwrapper(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let (size, bytes) = (Int(first % 17) + 1, Array(input.dropFirst()))
    let unwrapped = unwrap(bytes, size: size)
    precondition(unwrapped == unwrap(bytes, size: bytes.count + 1), "chunks make a difference")
    let document = try? JSONDocument(bytes)
    guard case .success(let text) = unwrapped else {
        return precondition(
            document?.root.kind != .string, "the document is a string, the unwrapper refuses it")
    }
    guard let decoded = document?.root.string else { fatalError("the unwrapper reads what is no string") }
    guard !decoded.unicodeScalars.contains("\u{FFFD}") else { return }
    precondition(text == Array(decoded.utf8), "the unwrapped text differs")
}

private func unwrap(_ bytes: [UInt8], size: Int) -> Result<[UInt8], JSONError> {
    var unwrapper = StringUnwrapper()
    var output: [UInt8] = []
    do throws(JSONError) {
        for start in stride(from: 0, to: bytes.count, by: size) {
            output += try unwrapper.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        try unwrapper.finish()
        return .success(output)
    } catch {
        return .failure(error)
    }
}
