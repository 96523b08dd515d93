/// Walks a tape in canonical order; one buffer is reused for all pieces.
struct CanonicalWriter: ~Copyable {
    private let text: ParsedText
    private let sink: (UnsafeRawBufferPointer) -> Void
    private let buffer: UnsafeMutableRawBufferPointer
    private var used = 0
    /// Members of the objects that are open, innermost last.
    private var members: [CanonicalMember] = []
    /// Decoded keys that had escapes.
    private var decodedKeys: [UInt8] = []
    private var scratch: [UInt8] = []

    init(_ text: ParsedText, _ sink: @escaping (UnsafeRawBufferPointer) -> Void) {
        self.text = text
        self.sink = sink
        buffer = .allocate(byteCount: 8192, alignment: 16)
    }

    deinit { buffer.deallocate() }

    mutating func write(_ value: JSONValue, dropping keys: Set<String>) {
        let text = self.text
        text.bytes.withUnsafeBufferPointer { bytes in
            text.tokens.withUnsafeBufferPointer { tokens in
                guard let bytes = bytes.baseAddress, let tokens = tokens.baseAddress else { return }
                write(value.index, TapeView(bytes: bytes, tokens: tokens), dropping: keys)
            }
        }
    }

    /// Hands on what is still in the buffer.
    mutating func close() {
        if used > 0 { sink(UnsafeRawBufferPointer(rebasing: buffer[..<used])) }
        used = 0
    }

    private mutating func write(_ index: Int, _ tape: TapeView, dropping keys: Set<String> = []) {
        switch tape.firstByte(index) {
        case Byte.openObject: writeObject(index, tape, dropping: keys)
        case Byte.openArray: writeArray(index, tape)
        case Byte.quote: writeString(index, tape)
        case Byte.smallT, Byte.smallF, Byte.smallN: put(tape.raw(index))
        default: writeNumber(tape.raw(index))
        }
    }

    private mutating func writeArray(_ index: Int, _ tape: TapeView) {
        put(Byte.openArray)
        let close = Int(tape.tokens[index].link)
        var child = index + 1
        while child < close {
            if child > index + 1 { put(Byte.comma) }
            write(child, tape)
            child = tape.next(after: child)
        }
        put(Byte.closeArray)
    }

    private mutating func writeObject(_ index: Int, _ tape: TapeView, dropping keys: Set<String>) {
        let (first, keysUsed) = (members.count, decodedKeys.count)
        collect(index, tape, dropping: keys)
        sort(from: first, tape)
        put(Byte.openObject)
        let end = members.count
        var isFirst = true
        for place in first..<end {
            let member = members[place]
            if place + 1 < end, compare(member, members[place + 1], tape) == 0 { continue }
            if !isFirst { put(Byte.comma) }
            isFirst = false
            writeString(Int(member.key), tape)
            put(Byte.colon)
            write(Int(member.key) + 1, tape)
        }
        put(Byte.closeObject)
        members.removeLast(end - first)
        decodedKeys.removeLast(decodedKeys.count - keysUsed)
    }

    private mutating func collect(_ index: Int, _ tape: TapeView, dropping keys: Set<String>) {
        let close = Int(tape.tokens[index].link)
        var child = index + 1
        while child < close {
            let isDropped =
                !keys.isEmpty && keys.contains(where: JSONValue(text: text, index: child).isString)
            if !isDropped { members.append(member(child, tape)) }
            child = tape.next(after: child + 1)
        }
    }

    private mutating func member(_ key: Int, _ tape: TapeView) -> CanonicalMember {
        let inner = tape.inner(key)
        guard tape.tokens[key].isEscaped, let base = inner.baseAddress else {
            return CanonicalMember(inner, key: key, decodedAt: nil)
        }
        let start = decodedKeys.count
        StringLiteral.decode(
            UnsafeBufferPointer(start: base, count: inner.count), keepingLone: true, into: &decodedKeys)
        return decodedKeys.withUnsafeBufferPointer {
            CanonicalMember(UnsafeBufferPointer(rebasing: $0[start...]), key: key, decodedAt: start)
        }
    }

    /// Sorts the innermost object's members; members with the same key stay
    /// in the order of the text.
    private mutating func sort(from first: Int, _ tape: TapeView) {
        guard members.count - first > 24 else { return sortByInsertion(from: first, tape) }
        let sorted = members[first...].sorted { left, right in
            let order = compare(left, right, tape)
            return order == 0 ? left.key < right.key : order < 0
        }
        members.replaceSubrange(first..., with: sorted)
    }

    private mutating func sortByInsertion(from first: Int, _ tape: TapeView) {
        guard members.count - first > 1 else { return }
        for place in first + 1..<members.count {
            let member = members[place]
            var gap = place
            while gap > first, compare(members[gap - 1], member, tape) > 0 {
                members[gap] = members[gap - 1]
                gap -= 1
            }
            if gap < place { members[gap] = member }
        }
    }

    @inline(__always)
    private func compare(_ left: CanonicalMember, _ right: CanonicalMember, _ tape: TapeView) -> Int {
        if left.prefix != right.prefix { return left.prefix < right.prefix ? -1 : 1 }
        return compareTails(left, right, tape)
    }

    private func compareTails(_ left: CanonicalMember, _ right: CanonicalMember, _ tape: TapeView) -> Int {
        let shared = Int(min(left.length, right.length))
        if shared > 8 {
            for offset in 8..<shared {
                let (one, other) = (keyByte(left, offset, tape), keyByte(right, offset, tape))
                if one != other { return one < other ? -1 : 1 }
            }
        }
        return Int(left.length) - Int(right.length)
    }

    @inline(__always)
    private func keyByte(_ member: CanonicalMember, _ offset: Int, _ tape: TapeView) -> UInt8 {
        if member.decodedAt >= 0 { return decodedKeys[Int(member.decodedAt) + offset] }
        return tape.bytes[Int(tape.tokens[Int(member.key)].start) + 1 + offset]
    }

    private mutating func writeString(_ index: Int, _ tape: TapeView) {
        guard tape.tokens[index].isEscaped else { return put(tape.raw(index)) }
        let inner = tape.inner(index)
        guard let base = inner.baseAddress else { return }
        put(Byte.quote)
        var position = 0
        while position < inner.count {
            let run = position
            position = Word.firstQuoteOrBackslash(base, position, inner.count)
            if position > run { put(UnsafeBufferPointer(rebasing: inner[run..<position])) }
            guard position < inner.count else { break }
            position += writeEscape(base + position, available: inner.count - position)
        }
        put(Byte.quote)
    }

    /// - Returns: how many bytes of the text it took.
    @inline(__always)
    private mutating func writeEscape(_ base: UnsafePointer<UInt8>, available: Int) -> Int {
        if base[1] != Byte.smallU, base[1] != Byte.slash {
            put(UnsafeBufferPointer(start: base, count: 2))
            return 2
        }
        let (meaning, length) = StringLiteral.unescape(base, available: available)
        scratch.removeAll(keepingCapacity: true)
        switch meaning {
        case .scalar(let scalar): StringLiteral.appendMinimal(scalar, to: &scratch)
        case .lone(let unit): StringLiteral.appendUnit(unit, to: &scratch)
        }
        putScratch()
        return length
    }

    private mutating func writeNumber(_ lexeme: UnsafeBufferPointer<UInt8>) {
        guard !NumberLexeme.isCanonicalInteger(lexeme) else { return put(lexeme) }
        scratch.removeAll(keepingCapacity: true)
        NumberLexeme.appendCanonical(lexeme, to: &scratch)
        putScratch()
    }

    private mutating func putScratch() {
        let piece = scratch
        piece.withUnsafeBufferPointer { put($0) }
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        if used == buffer.count { close() }
        buffer[used] = byte
        used &+= 1
    }

    @inline(__always)
    private mutating func put(_ piece: UnsafeBufferPointer<UInt8>) {
        if piece.count > buffer.count - used { close() }
        guard piece.count <= buffer.count else { return sink(UnsafeRawBufferPointer(piece)) }
        guard let target = buffer.baseAddress, let source = piece.baseAddress else { return }
        (target + used).copyMemory(from: source, byteCount: piece.count)
        used &+= piece.count
    }
}

/// A member on its way to its place: enough of the key to compare most.
private struct CanonicalMember {
    /// The first eight bytes of the decoded key, the first one highest.
    let prefix: UInt64
    let length: UInt32
    /// Entry of the key; the value is the next one.
    let key: UInt32
    /// Where the decoded key is, -1 if it stands in the text as it is.
    let decodedAt: Int

    init(_ decoded: UnsafeBufferPointer<UInt8>, key: Int, decodedAt: Int?) {
        var prefix: UInt64 = 0
        for offset in 0..<min(8, decoded.count) {
            prefix |= UInt64(decoded[offset]) << UInt64(56 - 8 * offset)
        }
        self.prefix = prefix
        length = UInt32(truncatingIfNeeded: decoded.count)
        self.key = UInt32(truncatingIfNeeded: key)
        self.decodedAt = decodedAt ?? -1
    }
}

/// Text and tape by address, for the walk.
private struct TapeView {
    let bytes: UnsafePointer<UInt8>
    let tokens: UnsafePointer<Token>

    @inline(__always) func firstByte(_ index: Int) -> UInt8 { bytes[Int(tokens[index].start)] }

    /// The bytes of a scalar.
    @inline(__always) func raw(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(tokens[index].start), count: tokens[index].length)
    }

    /// The bytes between a string's quotes.
    @inline(__always) func inner(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(tokens[index].start) + 1, count: tokens[index].length - 2)
    }

    @inline(__always) func next(after index: Int) -> Int {
        firstByte(index) | 0x20 == Byte.openObject ? Int(tokens[index].link) + 1 : index + 1
    }
}
