/// Text of two bytes a letter, as editors of Windows write it: no program here
/// reads it as settings, but an id may stand in it.
public enum WideText {
    /// The same in UTF-8; nil for whatever has no byte order mark of UTF-16.
    public static func narrow(_ bytes: [UInt8]) -> [UInt8]? {
        let isLittle = bytes.starts(with: [0xFF, 0xFE])
        guard isLittle || bytes.starts(with: [0xFE, 0xFF]), bytes.count % 2 == 0 else { return nil }
        let units = stride(from: 2, to: bytes.count, by: 2).map { place -> UInt16 in
            let (one, two) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            return isLittle ? two << 8 | one : one << 8 | two
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}
