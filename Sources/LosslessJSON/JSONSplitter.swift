/// Takes a document apart while it arrives: elements of named arrays are
/// handed out one by one, named members are passed over, the rest is kept.
///
/// Chunks can end anywhere. A streaming path can lie inside another one: its
/// elements come first, and the outer element has an empty array in their
/// place. A member that occurs twice is streamed twice.
///
/// **Bounds**: holds one element, the rest of the document and the largest
/// value in it. Depth as `JSONDocument`.
/// **Errors**: `JSONError` with the offset in the whole text. After an error,
/// and after one that `emit` throws, the splitter must not be used again.
public struct JSONSplitter: Sendable {
    private let paths: PathTree
    private var state = State.start(seen: 0)
    /// Containers that are on a path and open.
    private var frames: [Frame] = []
    /// Minified text: the skeleton, then each element that is open.
    private var outputs: [[UInt8]] = [[]]
    /// Where each element that is open begins.
    private var elementStarts: [(offset: Int, line: Int)] = []
    /// On which line the text that was read ends.
    private var line = 1
    private var scan = ValueScan()
    /// The key, or value of the skeleton, that is being read; as it stands.
    private var capture: [UInt8] = []
    /// Offsets of `capture` and of the current chunk.
    private var captureStart = 0
    private var consumed = 0

    private enum State: Sendable {
        /// Before the first byte, or inside a byte order mark.
        case start(seen: Int)
        case value
        case firstItem, item
        case scanning(Purpose)
        case colon
        case afterItem
        case done
    }

    private enum Purpose: Sendable { case key, skeleton, element, dropped }

    private struct Frame: Sendable {
        let isObject: Bool
        let node: Int
        /// Place of the current element.
        var index = -1
        /// The path at which the current element or member stands.
        var childNode: Int?
        var hasWritten = false
    }

    /// - Parameters:
    ///   - streaming: paths that end in `[*]`.
    ///   - dropping: paths that end in a name; these members vanish from
    ///     elements and rest, their bytes are never held. Only brackets and
    ///     strings are checked in them.
    public init(streaming: [JSONPath], dropping: [JSONPath] = []) {
        paths = PathTree(streaming: streaming, dropping: dropping)
    }

    /// Reads a chunk and hands out every element that it completes.
    public mutating func feed(_ chunk: [UInt8], _ emit: (JSONElement) throws -> Void) throws {
        try chunk.withUnsafeBufferPointer { chunk in
            guard let base = chunk.baseAddress else { return }
            var index = 0
            while index < chunk.count {
                if case .scanning(let purpose) = state {
                    try readOn(purpose, base, &index, chunk.count, emit)
                } else if try step(on: base[index], at: index, emit) {
                    index += 1
                }
            }
            consumed += chunk.count
        }
    }

    /// Ends the text.
    ///
    /// - Returns: the document without the elements that were streamed
    ///   (their arrays are empty) and without dropped members, minified.
    public mutating func finish() throws -> [UInt8] {
        if case .scanning(.skeleton) = state, frames.isEmpty { try endRootWord() }
        guard case .done = state else { throw JSONError(.unexpectedEnd, offset: consumed) }
        return outputs[0]
    }

    /// A number or literal that is the whole text ends with it.
    private mutating func endRootWord() throws(JSONError) {
        try appendCapture(endsText: true)
        state = .done
    }
}

// MARK: - Structure

extension JSONSplitter {
    private func unexpected(at index: Int, _ code: JSONError.Code = .unexpectedByte) -> JSONError {
        JSONError(code, offset: consumed + index)
    }

    /// Acts on one byte between values.
    ///
    /// - Returns: whether the byte is used up.
    @inline(__always)
    private mutating func step(on byte: UInt8, at index: Int, _ emit: (JSONElement) throws -> Void) throws
        -> Bool
    {
        if case .start(let seen) = state { return try passMark(byte, seen: seen, at: index) }
        if Byte.isBlank(byte) {
            if byte == Byte.newline { line += 1 }
            return true
        }
        switch state {
        case .value: return try beginValue(byte, at: index)
        case .item: return try beginItem(byte, at: index)
        case .firstItem:
            return isCloser(byte) ? try closeFrame(byte, emit) : try beginItem(byte, at: index)
        case .afterItem:
            if isCloser(byte) { return try closeFrame(byte, emit) }
            guard byte == Byte.comma else { throw unexpected(at: index) }
            state = .item
        case .colon:
            guard byte == Byte.colon else { throw unexpected(at: index) }
            state = .value
        case .done: throw unexpected(at: index, .trailingBytes)
        case .start, .scanning: return false
        }
        return true
    }

    private mutating func passMark(_ byte: UInt8, seen: Int, at index: Int) throws(JSONError) -> Bool {
        guard byte == Byte.orderMark[seen] else {
            guard seen == 0 else { throw JSONError(.unexpectedByte, offset: 0) }
            state = .value
            return false
        }
        state = seen == 2 ? .value : .start(seen: seen + 1)
        return true
    }

    private func isCloser(_ byte: UInt8) -> Bool {
        byte == (frames.last?.isObject == true ? Byte.closeObject : Byte.closeArray)
    }

    private mutating func closeFrame(_ closer: UInt8, _ emit: (JSONElement) throws -> Void) throws -> Bool {
        frames.removeLast()
        outputs[outputs.count - 1].append(closer)
        try endValue(emit)
        return true
    }

    /// A key, or an element of an array that is on a path.
    private mutating func beginItem(_ byte: UInt8, at index: Int) throws(JSONError) -> Bool {
        let last = frames.count - 1
        guard frames[last].isObject else {
            frames[last].index += 1
            frames[last].childNode = paths[frames[last].node].everyElement
            return try beginValue(byte, at: index)
        }
        guard byte == Byte.quote else { throw unexpected(at: index) }
        beginScan(byte, .key, .everything, at: index)
        return false
    }

    private var currentNode: Int? {
        guard let frame = frames.last else { return PathTree.root }
        return frame.childNode
    }

    private mutating func beginValue(_ byte: UInt8, at index: Int) throws(JSONError) -> Bool {
        let node = currentNode.map { paths[$0] } ?? PathTree.Node()
        if !node.isDropped {
            if node.streams != nil {
                outputs.append([])
                elementStarts.append((consumed + index, line))
            } else {
                writeSeparator()
            }
            if let current = currentNode, node.continues(into: byte) {
                try openFrame(byte, node: current, at: index)
                return true
            }
        }
        let isInSkeleton = outputs.count == 1
        let purpose: Purpose = node.isDropped ? .dropped : isInSkeleton ? .skeleton : .element
        let copying: ValueScan.Copying = node.isDropped ? .nothing : isInSkeleton ? .everything : .tokens
        guard beginScan(byte, purpose, copying, at: index) else {
            let isPython = byte == UInt8(ascii: "N") || byte == UInt8(ascii: "I")
            throw unexpected(at: index, isPython ? .notFinite : .unexpectedByte)
        }
        return false
    }

    @discardableResult
    private mutating func beginScan(
        _ byte: UInt8, _ purpose: Purpose, _ copying: ValueScan.Copying, at index: Int
    ) -> Bool {
        state = .scanning(purpose)
        capture.removeAll(keepingCapacity: true)
        captureStart = consumed + index
        return scan.begin(byte, copying, depthLimit: TapeBuilder.maximumDepth - frames.count)
    }

    private mutating func openFrame(_ byte: UInt8, node: Int, at index: Int) throws(JSONError) {
        guard frames.count < TapeBuilder.maximumDepth else { throw unexpected(at: index, .tooDeep) }
        frames.append(Frame(isObject: byte == Byte.openObject, node: node))
        outputs[outputs.count - 1].append(byte)
        state = .firstItem
    }

    /// What stands before a value that is kept where it is: comma and key.
    private mutating func writeSeparator() {
        guard let frame = frames.last else { return }
        let output = outputs.count - 1
        if frame.hasWritten { outputs[output].append(Byte.comma) }
        frames[frames.count - 1].hasWritten = true
        guard frame.isObject else { return }
        outputs[output].append(contentsOf: capture)
        outputs[output].append(Byte.colon)
    }

    private mutating func endValue(_ emit: (JSONElement) throws -> Void) throws {
        state = frames.isEmpty ? .done : .afterItem
        guard let node = currentNode, let path = paths[node].streams else { return }
        let indices = frames.compactMap { $0.isObject ? nil : $0.index }
        let start = elementStarts.removeLast()
        try emit(
            JSONElement(
                path: path, indices: indices, offset: start.offset, line: start.line,
                bytes: outputs.removeLast()))
    }
}

// MARK: - Values

extension JSONSplitter {
    private mutating func readOn(
        _ purpose: Purpose, _ base: UnsafePointer<UInt8>, _ index: inout Int, _ end: Int,
        _ emit: (JSONElement) throws -> Void
    ) throws {
        let start = index
        let isComplete = try scanOn(purpose, base, &index, end)
        for place in start..<index where base[place] == Byte.newline { line += 1 }
        guard isComplete else { return }
        switch purpose {
        case .key: return try endKey()
        case .skeleton: try appendCapture(endsText: false)
        case .element, .dropped: break
        }
        try endValue(emit)
    }

    /// - Returns: whether the value is complete.
    @inline(__always)
    private mutating func scanOn(
        _ purpose: Purpose, _ base: UnsafePointer<UInt8>, _ index: inout Int, _ end: Int
    ) throws(JSONError) -> Bool {
        do {
            let (next, isComplete) =
                purpose == .element
                ? try scan.advance(base, from: index, to: end, into: &outputs[outputs.count - 1])
                : try scan.advance(base, from: index, to: end, into: &capture)
            index = next
            return isComplete
        } catch {
            throw error.moved(by: consumed)
        }
    }

    /// Finds where the member stands.
    private mutating func endKey() throws(JSONError) {
        let last = frames.count - 1
        let (paths, node) = (paths, frames[last].node)
        do {
            frames[last].childNode = try capture.withUnsafeBufferPointer { (key) throws(JSONError) -> Int? in
                guard let base = key.baseAddress else { return nil }
                let (close, isEscaped) = try StringLiteral.scan(base, from: 1, to: key.count)
                let name = UnsafeBufferPointer(rebasing: key[1..<close])
                guard isEscaped else { return paths.member(name, of: node) }
                var decoded: [UInt8] = []
                StringLiteral.decode(name, keepingLone: true, into: &decoded)
                return decoded.withUnsafeBufferPointer { paths.member($0, of: node) }
            }
        } catch {
            throw error.moved(by: captureStart)
        }
        state = .colon
    }

    /// Checks a value of the skeleton and adds it there.
    private mutating func appendCapture(endsText: Bool) throws(JSONError) {
        do {
            let value = JSONValue(text: try ParsedText(capture), index: 0)
            value.appendMinified(to: &outputs[0])
        } catch {
            let isNumber = capture[0] == Byte.minus || Byte.isDigit(capture[0])
            let isCut = error.code == .unexpectedEnd && !endsText
            let code = isCut ? (isNumber ? .invalidNumber : .unexpectedByte) : error.code
            throw JSONError(code, offset: captureStart + error.offset)
        }
    }
}
