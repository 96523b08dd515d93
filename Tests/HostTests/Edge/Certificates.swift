/// A private authority and the certificates of the edges, made by openssl.
struct Certificates: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// For 127.0.0.1, a hundred days.
        case good
        case expired
        /// Ten days left.
        case soon
        case otherName
        case selfSigned
    }

    let folder: String

    var authority: String { folder + "/ca.crt" }
    func certificate(_ kind: Kind) -> String { "\(folder)/\(kind.rawValue).crt" }
    func key(_ kind: Kind) -> String { "\(folder)/\(kind.rawValue).key" }

    init(in folder: String) throws {
        self.folder = folder
        TextFile.write(Self.settings(folder), to: folder + "/ca.cnf")
        TextFile.write("", to: folder + "/index.txt")
        TextFile.write("1000\n", to: folder + "/serial")
        try selfSigned("ca", name: "Ferry test authority", extensions: ["basicConstraints=critical,CA:TRUE"])
        try selfSigned("selfSigned", name: "127.0.0.1", extensions: ["subjectAltName=IP:127.0.0.1"])
        try signed(.good, ["-days", "100"])
        try signed(.soon, ["-days", "10"])
        try signed(.otherName, ["-days", "100"])
        try signed(.expired, ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"])
    }

    private func openssl(_ arguments: [String]) throws { try Tool.run("openssl", arguments, in: folder) }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    private func selfSigned(_ file: String, name: String, extensions: [String]) throws {
        try openssl(
            ["req", "-x509"] + Self.newKey + [
                "-keyout", "\(folder)/\(file).key", "-out", "\(folder)/\(file).crt", "-days", "100", "-subj",
                "/CN=\(name)",
            ] + extensions.flatMap { ["-addext", $0] })
    }

    private func signed(_ kind: Kind, _ validity: [String]) throws {
        let request = "\(folder)/\(kind.rawValue).csr"
        let name = kind == .otherName ? "other.example" : "127.0.0.1"
        try openssl(
            ["req"] + Self.newKey + ["-keyout", key(kind), "-out", request, "-subj", "/CN=\(kind.rawValue)"])
        try openssl(
            ["ca", "-batch", "-notext", "-config", folder + "/ca.cnf", "-extensions"]
                + [name == "127.0.0.1" ? "by_address" : "by_name", "-in", request, "-out", certificate(kind)]
                + validity)
    }

    private static func settings(_ folder: String) -> String {
        """
        [ca]
        default_ca = own
        [own]
        database = \(folder)/index.txt
        new_certs_dir = \(folder)
        serial = \(folder)/serial
        certificate = \(folder)/ca.crt
        private_key = \(folder)/ca.key
        default_md = sha256
        policy = any
        unique_subject = no
        [any]
        commonName = supplied
        [by_address]
        subjectAltName = IP:127.0.0.1
        [by_name]
        subjectAltName = DNS:other.example

        """
    }
}
