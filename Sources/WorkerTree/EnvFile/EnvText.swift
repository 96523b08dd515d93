/// The characters of a file with the bytes at which they stand. Line ends of
/// any kind are one `\n`, as Python's text files give them.
struct EnvText {
    let scalars: [Unicode.Scalar]
    /// One more than there are scalars: the last is the end of the file.
    let offsets: [Int]

    /// nil where the bytes are not UTF-8.
    init?(_ bytes: [UInt8]) {
        var scalars: [Unicode.Scalar] = []
        var offsets: [Int] = []
        var decoder = UTF8()
        var source = bytes.makeIterator()
        var offset = 0
        decoding: while true {
            switch decoder.decode(&source) {
            case .emptyInput: break decoding
            case .error: return nil
            case .scalarValue(let scalar):
                let length = UTF8.width(scalar)
                if scalar == "\n", scalars.last == "\n", bytes[offset - 1] == 0x0D {
                    // The second half of `\r\n`.
                } else {
                    scalars.append(scalar == "\r" ? "\n" : scalar)
                    offsets.append(offset)
                }
                offset += length
            }
        }
        self.scalars = scalars
        self.offsets = offsets + [offset]
    }

    /// White space as Python's `\s` has it.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
            0x3000:
            true
        default: false
        }
    }
}
