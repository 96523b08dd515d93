import Glibc
import HTTP

/// The system's resolver: /etc/hosts, DNS and what else the host is set up for.
enum NameLookup {
    static func of(_ host: String) -> Lookup {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let outcome = getaddrinfo(host, nil, &hints, &first)
        defer { if let first { freeaddrinfo(first) } }
        guard outcome == 0 else {
            return Lookup(addresses: [], failure: String(cString: gai_strerror(outcome)))
        }
        var found: [String] = []
        var entry = first
        while let item = entry?.pointee {
            if let text = numeric(item), !found.contains(text) { found.append(text) }
            entry = item.ai_next
        }
        return Lookup(addresses: found)
    }

    private static func numeric(_ item: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(text.count)
        guard getnameinfo(item.ai_addr, item.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
