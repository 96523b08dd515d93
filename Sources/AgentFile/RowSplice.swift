import LosslessJSON

/// Sets members of an object by cutting its bytes: what is not named stays
/// byte for byte.
enum RowSplice {
    /// - Parameter values: JSON values by key; a key that the object lacks is
    ///   put in front.
    static func setting(_ values: [String: [UInt8]], in document: JSONDocument) -> [UInt8] {
        let root = document.root
        var cuts: [(range: Range<Int>, bytes: [UInt8])] = []
        var front: [UInt8] = []
        for (key, bytes) in values.sorted(by: { $0.key < $1.key }) {
            if let raw = root[key]?.raw {
                cuts.append((raw.startIndex..<raw.endIndex, bytes))
            } else {
                front += JSONNode.string(key).bytes() + [0x3A] + bytes + [0x2C]
            }
        }
        if !front.isEmpty {
            if root.count == 0 { front.removeLast() }
            cuts.append((root.raw.startIndex + 1..<root.raw.startIndex + 1, front))
        }
        return applied(cuts.sorted { $0.range.lowerBound < $1.range.lowerBound }, to: root.raw)
    }

    private static func applied(_ cuts: [(range: Range<Int>, bytes: [UInt8])], to raw: ArraySlice<UInt8>)
        -> [UInt8]
    {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count + cuts.reduce(0) { $0 + $1.bytes.count })
        var copied = raw.startIndex
        for cut in cuts {
            result += raw[copied..<cut.range.lowerBound]
            result += cut.bytes
            copied = cut.range.upperBound
        }
        return result + raw[copied...]
    }
}
