/// The value without white space between its tokens; every string and number
/// is left as it is written.
///
/// - Parameter keys: members of the value itself (not of values inside it)
///   that are left out.
public func minified(_ value: JSONValue, dropping keys: Set<String> = []) -> [UInt8] {
    value.minified(dropping: keys)
}

extension JSONValue {
    /// As the function `minified`.
    public func minified(dropping keys: Set<String> = []) -> [UInt8] {
        var bytes: [UInt8] = []
        appendMinified(dropping: keys, to: &bytes)
        return bytes
    }

    /// As the function `minified`, appended to `bytes`.
    public func appendMinified(dropping keys: Set<String> = [], to bytes: inout [UInt8]) {
        guard !keys.isEmpty, kind == .object else { return appendTokens(to: &bytes) }
        bytes.append(Byte.openObject)
        var isFirst = true
        forEachChild { name, value in
            guard let name, !keys.contains(where: name.isString) else { return }
            if !isFirst { bytes.append(Byte.comma) }
            isFirst = false
            bytes.append(contentsOf: name.raw)
            bytes.append(Byte.colon)
            value.appendTokens(to: &bytes)
        }
        bytes.append(Byte.closeObject)
    }

    private func appendTokens(to bytes: inout [UInt8]) {
        guard text.hasBlanks, text.isContainer(index) else {
            bytes.append(contentsOf: raw)
            return
        }
        bytes.reserveCapacity(bytes.count + end - start)
        text.bytes.withUnsafeBufferPointer { source in
            var position = start
            for entry in index...Int(text.tokens[index].link) {
                let token = text.tokens[entry]
                for byte in source[position..<Int(token.start)] where !Byte.isBlank(byte) {
                    bytes.append(byte)
                }
                position = Int(token.start)
                let length = text.isBracket(entry) ? 1 : token.length
                bytes.append(contentsOf: source[position..<position + length])
                position += length
            }
        }
    }
}

extension ParsedText {
    @inline(__always) fileprivate func isBracket(_ entry: Int) -> Bool {
        let folded = bytes[Int(tokens[entry].start)] | 0x20
        return folded == Byte.openObject || folded == Byte.closeObject
    }
}
