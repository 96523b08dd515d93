/// JSON with two blanks for each level, as exports come.
enum Pretty {
    /// - Parameter depth: of the value itself; its members stand one deeper.
    static func bytes(_ compact: [UInt8], depth: Int = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(compact.count * 2)
        var depth = depth
        var isInString = false
        var place = 0
        while place < compact.count {
            let byte = compact[place]
            bytes.append(byte)
            place += 1
            if isInString {
                if byte == 0x5C, place < compact.count {
                    bytes.append(compact[place])
                    place += 1
                } else if byte == 0x22 {
                    isInString = false
                }
                continue
            }
            switch byte {
            case 0x22: isInString = true
            case 0x3A: bytes.append(0x20)
            case 0x2C: newLine(depth, &bytes)
            case 0x7B, 0x5B:
                // Empty ones stay on their line.
                if place < compact.count, compact[place] == byte + 2 {
                    bytes.append(byte + 2)
                    place += 1
                } else {
                    depth += 1
                    newLine(depth, &bytes)
                }
            case 0x7D, 0x5D:
                bytes.removeLast()
                depth -= 1
                newLine(depth, &bytes)
                bytes.append(byte)
            default: break
            }
        }
        return bytes
    }

    static func newLine(_ depth: Int, _ bytes: inout [UInt8]) {
        bytes.append(0x0A)
        for _ in 0..<depth * 2 { bytes.append(0x20) }
    }
}
