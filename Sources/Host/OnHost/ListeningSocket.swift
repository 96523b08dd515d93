/// A TCP socket that waits for connections.
public struct ListeningSocket: Sendable, Equatable {
    public var address: String
    public var port: Int

    public init(_ address: String, _ port: Int) {
        self.address = address
        self.port = port
    }

    /// Only this machine gets in.
    public var isLoopback: Bool { AddressSpace(address) == .loopback }

    /// From the text of /proc/net/tcp or tcp6; state 0A is listening.
    public static func all(_ text: String) -> [ListeningSocket] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 3, words[3] == "0A" else { return nil }
            let pair = words[1].split(separator: ":")
            guard pair.count == 2, let port = Int(pair[1], radix: 16), let address = address(pair[0]) else {
                return nil
            }
            return ListeningSocket(address, port)
        }
    }

    /// Words of four bytes, each in the machine's own (little-endian) order.
    private static func address(_ digits: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = digits
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
            rest = rest.dropFirst(8)
        }
        switch bytes.count {
        case 4: return bytes.map(String.init).joined(separator: ".")
        case 16: return sixteen(bytes)
        default: return nil
        }
    }

    private static func sixteen(_ bytes: [UInt8]) -> String {
        let last = bytes[12...].map { String($0) }.joined(separator: ".")
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return "::ffff:\(last)"
        }
        if bytes.allSatisfy({ $0 == 0 }) { return "::" }
        if bytes[..<15].allSatisfy({ $0 == 0 }), bytes[15] == 1 { return "::1" }
        return stride(from: 0, to: 16, by: 2).map {
            String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16)
        }.joined(separator: ":")
    }
}
