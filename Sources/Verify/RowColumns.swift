import LettaModel

/// Rows by column: digests inline instead of one allocation each.
struct RowColumns: Sendable {
    private(set) var digests: [PackedDigest] = []
    private(set) var instants: [Int64] = []
    private var roles: [UInt8] = []
    private var roleNames: [String] = []

    var count: Int { digests.count }

    mutating func append(_ row: RowPrint) {
        digests.append(PackedDigest(row.digest))
        instants.append(Instant(row.createdAt)?.microseconds ?? .min)
        roles.append(roleIndex(row.role))
    }

    func role(_ index: Int) -> String { roleNames[Int(roles[index])] }

    private mutating func roleIndex(_ role: String) -> UInt8 {
        if let index = roleNames.firstIndex(of: role) { return UInt8(index) }
        guard roleNames.count < 255 else { return 254 }
        roleNames.append(role)
        return UInt8(roleNames.count - 1)
    }
}

/// 32 bytes without a heap allocation.
struct PackedDigest: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init(_ digest: ContentDigest) {
        words = (
            Self.word(digest.bytes, 0), Self.word(digest.bytes, 8), Self.word(digest.bytes, 16),
            Self.word(digest.bytes, 24)
        )
    }

    private static func word(_ bytes: [UInt8], _ start: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in start..<start + 8 { word = word << 8 | UInt64(index < bytes.count ? bytes[index] : 0) }
        return word
    }

    static func == (one: PackedDigest, other: PackedDigest) -> Bool { one.words == other.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.3)
    }
}
