/// How far an address reaches, as browsers divide the network.
public enum AddressSpace: String, Sendable, CaseIterable {
    case loopback, `private`, shared, linkLocal, unspecified, global

    /// - Parameter address: numeric; anything else counts as global.
    public init(_ address: String) {
        self = address.contains(":") ? Self.ofIPv6(address.lowercased()) : Self.ofIPv4(address)
    }

    private static func ofIPv4(_ text: String) -> AddressSpace {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard parts.count == 4 else { return .global }
        switch (parts[0], parts[1]) {
        case (127, _): return .loopback
        case (0, _): return .unspecified
        case (10, _), (172, 16...31), (192, 168): return .private
        case (100, 64...127): return .shared
        case (169, 254): return .linkLocal
        default: return .global
        }
    }

    private static func ofIPv6(_ text: String) -> AddressSpace {
        if text == "::1" { return .loopback }
        if text == "::" { return .unspecified }
        if text.hasPrefix("::ffff:"), text.contains(".") { return ofIPv4(String(text.dropFirst(7))) }
        let first = text.prefix { $0 != ":" }
        if first.hasPrefix("fc") || first.hasPrefix("fd"), first.count == 4 { return .private }
        if first.count == 4, first.hasPrefix("fe"), "89ab".contains(first.dropFirst(2).prefix(1)) {
            return .linkLocal
        }
        return .global
    }
}
