import Glibc
import LettaModel

@testable import HostSetup

/// Configs as a person would write them, and passwords that are none.
enum MadeUp {
    static let secrets = HostSecrets([
        HostSecrets.password: Secret("made-up-password"), HostSecrets.database: Secret("made-up-database"),
        HostSecrets.encryption: Secret("made-up-key"),
        HostSecrets.uri: Secret("postgresql://letta:made-up-uri@db.example.org:5432/letta"),
    ])

    static var usual: HostConfig {
        var config = HostConfig()
        config.name = "letta.example.org"
        config.mail = "you@example.org"
        return config
    }

    /// By name, as in Golden/.
    static let configs: [String: HostConfig] = [
        "usual": usual,
        "docker": changed { $0.letta = "docker" },
        "lab": changed {
            $0.name = "127.0.0.1"
            ($0.certificate, $0.letta, $0.services) = ("self-signed", "running", "none")
            ($0.address, $0.site) = ("127.0.0.1", "/srv/site")
            ($0.httpPort, $0.httpsPort, $0.apiPort, $0.lettaPort) = (20_080, 20_443, 28_283, 28_284)
        },
        "own": changed {
            ($0.certificate, $0.certificateFile, $0.keyFile) = (
                "files", "/etc/own/cert.pem", "/etc/own/key.pem"
            )
            ($0.pgvector, $0.agents, $0.firewall) = ("wheel", ["ada", "bob"], true)
            $0.origins = ["https://app.letta.com", "https://ade.lan:8443"]
            ($0.tables, $0.alembicFolder, $0.stdioMCP, $0.redis) = ("alembic", "/opt/migrations", true, false)
        },
        "theirs": changed { ($0.postgres, $0.dumps) = ("uri", 0) },
        "deb": changed {
            ($0.pgvector, $0.pgvectorFile) = ("deb", "/root/pgvector.deb")
            ($0.onFailure, $0.hsts) = ("/usr/local/bin/tell", 31_536_000)
        },
    ]

    static func changed(_ change: (inout HostConfig) -> Void) -> HostConfig {
        var config = usual
        change(&config)
        return config
    }

    static func rendering(
        _ config: HostConfig, nginx: NginxVersion = .usual, base: String = "", user: String = "www-data"
    ) -> Rendering {
        Rendering(config, secrets, RenderFacts(nginx: nginx, hasIPv6: false, base: base, user: user))
    }
}

/// Folders below /tmp that are gone with this value.
final class Scratch: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/ferry-setup-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/tmp/ferry-setup"
        }
    }

    deinit { _ = Tool(words: ["rm", "-rf", path]).run() }

    /// Files of a rendering below it, with every folder that they need.
    func put(_ files: [DesiredFile]) throws {
        for file in files {
            let path = file.path.hasPrefix(self.path) ? file.path : self.path + file.path
            for folder in HostDisk.missingFolders(above: path) { try HostDisk.makeFolder(folder) }
            try HostDisk.put(Array(file.text.utf8), at: path, mode: file.mode)
        }
    }

    func write(_ text: String, _ name: String, mode: Int = 0o644) throws -> String {
        let path = "\(path)/\(name)"
        for folder in HostDisk.missingFolders(above: path) { try HostDisk.makeFolder(folder) }
        try HostDisk.put(Array(text.utf8), at: path, mode: mode)
        return path
    }
}

func text(of path: String) -> String { HostDisk.read(path).map { String(decoding: $0, as: UTF8.self) } ?? "" }
