public import HTTP

/// The parts of a served certificate that are judged.
public struct ServedCertificate: Sendable, Equatable {
    public var subject: String
    public var issuer: String
    /// DNS names and addresses that it speaks for.
    public var names: [String]
    /// Seconds since 1970.
    public var expires: Int?
    /// As text, for a person.
    public var expiry: String
    /// Of the whole certificate, in PEM.
    public var pem: String
    /// Certificates that were sent with it, itself included.
    public var chainLength: Int

    public init(
        subject: String = "", issuer: String = "", names: [String] = [], expires: Int?, expiry: String = "",
        pem: String = "", chainLength: Int = 1
    ) {
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.expires = expires
        self.expiry = expiry
        self.pem = pem
        self.chainLength = chainLength
    }

    /// From the fields as libcurl names them; nil without a certificate.
    public init?(chain: [[HeaderField]]) {
        guard let own = chain.first else { return nil }
        func value(_ name: String) -> String { own.first { $0.name == name }?.value ?? "" }
        let expiry = value("Expire date")
        self.init(
            subject: value("Subject"), issuer: value("Issuer"),
            names: Self.names(value("X509v3 Subject Alternative Name")),
            expires: CertificateDate.seconds(expiry), expiry: expiry, pem: value("Cert"),
            chainLength: chain.count)
    }

    /// `DNS:a.example, IP Address:127.0.0.1`
    private static func names(_ text: String) -> [String] {
        text.split(separator: ",").map { part in
            let pair = part.split(separator: ":", maxSplits: 1)
            return String((pair.count == 2 ? pair[1] : part).trimmed)
        }
    }

    /// By RFC 6125: a star stands for one whole first label.
    public func speaksFor(_ host: String) -> Bool {
        let host = host.lowercased()
        return names.contains { name in
            let name = name.lowercased()
            if name == host { return true }
            guard name.hasPrefix("*."), let dot = host.firstIndex(of: ".") else { return false }
            return host[dot...] == name.dropFirst()
        }
    }
}

/// `Nov 29 01:02:03 2026 GMT`
enum CertificateDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970; nil for any other form.
    static func seconds(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 5, words[4] == "GMT", months.contains(String(words[0])), words[1].count <= 2
        else {
            return nil
        }
        let day = words[1].count == 1 ? "0\(words[1])" : String(words[1])
        return HTTPDate.seconds("Day, \(day) \(words[0]) \(words[3]) \(words[2]) GMT")
    }
}
