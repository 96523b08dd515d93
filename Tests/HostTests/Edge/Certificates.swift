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
        /// Signed by an intermediate that is not sent along.
        case bare
        /// For the page that calls.
        case page
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
        try signed(.page, ["-days", "100"])
        try withoutIntermediate()
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
        let section = [Kind.otherName: "by_name", .page: "of_page"][kind] ?? "by_address"
        try openssl(
            ["req"] + Self.newKey + ["-keyout", key(kind), "-out", request, "-subj", "/CN=\(kind.rawValue)"])
        try openssl(
            ["ca", "-batch", "-notext", "-config", folder + "/ca.cnf", "-extensions"]
                + [section, "-in", request, "-out", certificate(kind)]
                + validity)
    }

    private func withoutIntermediate() throws {
        let request = ["req"] + Self.newKey
        try openssl(
            request + ["-keyout", "\(folder)/mid.key", "-out", "\(folder)/mid.csr", "-subj", "/CN=mid"])
        TextFile.write("basicConstraints=critical,CA:TRUE\n", to: folder + "/mid.ext")
        try issue("mid", by: "ca", extensions: "mid.ext", to: "\(folder)/mid.crt")
        try openssl(request + ["-keyout", key(.bare), "-out", "\(folder)/bare.csr", "-subj", "/CN=bare"])
        TextFile.write("subjectAltName=\(Self.names)\n", to: folder + "/bare.ext")
        try issue("bare", by: "mid", extensions: "bare.ext", to: certificate(.bare))
    }

    /// The good one anew on the disk: same key, another serial.
    func renew() throws {
        TextFile.write("subjectAltName=\(Self.names)\n", to: folder + "/good.ext")
        try issue("good", by: "ca", extensions: "good.ext", to: certificate(.good))
    }

    private func issue(_ name: String, by authority: String, extensions: String, to path: String) throws {
        try openssl([
            "x509", "-req", "-in", "\(folder)/\(name).csr", "-CA", "\(folder)/\(authority).crt", "-CAkey",
            "\(folder)/\(authority).key", "-CAcreateserial", "-days", "100", "-extfile",
            "\(folder)/\(extensions)", "-out", path,
        ])
    }

    private static let names = "IP:127.0.0.1,DNS:\(Edge.name)"

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
        subjectAltName = \(names)
        [by_name]
        subjectAltName = DNS:other.example
        [of_page]
        subjectAltName = DNS:app.letta.com

        """
    }
}
