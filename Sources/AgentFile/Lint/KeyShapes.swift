import LosslessJSON

/// Keys and tokens that can be told by their look, wherever in the user's own
/// text they stand: a word that its provider begins them with, then many
/// letters and digits. `sk-xxxxxxxx` and `Bearer {token}` are none.
enum KeyShapes {
    private struct Shape {
        let start: [UInt8]
        /// Of the characters behind `start`.
        let least: Int
        let name: String

        init(_ start: String, _ least: Int, _ name: String) {
            self.start = Array(start.utf8)
            self.least = least
            self.name = name
        }
    }

    /// Source: the providers' documentation of their keys.
    private static let shapes = [
        Shape("sk-", 20, "sk-…, a key of a model provider"),
        Shape("sk_live_", 16, "sk_live_…, a key of Stripe"),
        Shape("rk_live_", 16, "rk_live_…, a key of Stripe"),
        Shape("ghp_", 36, "ghp_…, a token of GitHub"), Shape("gho_", 36, "gho_…, a token of GitHub"),
        Shape("ghu_", 36, "ghu_…, a token of GitHub"), Shape("ghs_", 36, "ghs_…, a token of GitHub"),
        Shape("github_pat_", 40, "github_pat_…, a token of GitHub"),
        Shape("glpat-", 20, "glpat-…, a token of GitLab"),
        Shape("xoxb-", 20, "xoxb-…, a token of Slack"), Shape("xoxp-", 20, "xoxp-…, a token of Slack"),
        Shape("xapp-", 20, "xapp-…, a token of Slack"),
        Shape("AKIA", 16, "AKIA…, a key of AWS"), Shape("ASIA", 16, "ASIA…, a key of AWS"),
        Shape("AIza", 35, "AIza…, a key of Google"), Shape("hf_", 30, "hf_…, a token of Hugging Face"),
        Shape("Bearer ", 20, "Bearer …, a token"), Shape("bearer ", 20, "Bearer …, a token"),
    ]

    private static let privateKey = Array("-----BEGIN ".utf8)
    private static let privateKeyEnd = Array("PRIVATE KEY-----".utf8)

    /// So many letters and digits stand together in a key.
    private static let run = 12

    /// One for each member that holds a key.
    ///
    /// - Parameter known: of the same text: secrets that another rule names.
    static func spots(_ thing: JSONValue, besides known: [Range<Int>] = []) -> [Spot] {
        thing.members.filter { !AgentSecrets.keys.contains($0.key) }.compactMap { key, value in
            first(in: value.raw, besides: known).map { Spot(LintRule.keyInText, key, $0) }
        }
    }

    /// - Returns: what it is, without a character of its own.
    static func first(in raw: ArraySlice<UInt8>, besides known: [Range<Int>] = []) -> String? {
        raw.withUnsafeBufferPointer { bytes in
            let starts = Self.starts
            var index = 0
            var isInWord = false
            while index < bytes.count {
                let byte = bytes[index]
                // What is escaped ends a word: `\nsk-…`.
                if byte == UInt8(ascii: "\\") {
                    index += 2
                    isInWord = false
                    continue
                }
                if !isInWord, starts[Int(byte)], let name = name(at: index, of: bytes),
                    !known.contains(where: { $0.contains(raw.startIndex + index) })
                {
                    return name
                }
                isInWord = isLetterOrDigit(byte) || byte == UInt8(ascii: "_")
                index += 1
            }
            return nil
        }
    }

    /// Whether a key may begin with a byte.
    private static let starts: [Bool] = {
        var starts = [Bool](repeating: false, count: 256)
        for shape in shapes { starts[Int(shape.start[0])] = true }
        starts[Int(privateKey[0])] = true
        return starts
    }()

    private static func name(at index: Int, of bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let rest = bytes[index...]
        if rest.starts(with: privateKey) {
            let line = rest.prefix(80)
            return line.indices.contains { line[$0...].starts(with: privateKeyEnd) } ? "a private key" : nil
        }
        return shapes.first {
            rest.starts(with: $0.start) && isKey(rest.dropFirst($0.start.count), $0.least)
        }?
        .name
    }

    private static func isKey(_ rest: Slice<UnsafeBufferPointer<UInt8>>, _ least: Int) -> Bool {
        let key = rest.prefix { isLetterOrDigit($0) || Self.marks.contains($0) }
        guard key.count >= least else { return false }
        return key.split(whereSeparator: { !isLetterOrDigit($0) }).contains { part in
            part.count >= run && part.contains(where: isDigit) && !part.allSatisfy(isDigit)
        }
    }

    private static let marks = Array("-_.~+/=".utf8)

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- 0x61 < 26
    }
}
