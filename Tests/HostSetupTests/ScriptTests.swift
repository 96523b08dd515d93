import Glibc
import Testing

@testable import HostSetup

/// Rendered scripts, run below a scratch root with programs that only look
/// like the real ones.
@Suite struct ScriptTests {
    private let scratch = Scratch()

    private var place: String { scratch.path + "/opt/letta" }

    private func script(_ name: String, _ config: HostConfig = MadeUp.usual, _ secrets: HostSecrets? = nil)
        throws -> String
    {
        let facts = RenderFacts(nginx: .usual, hasIPv6: false, base: scratch.path, user: "root")
        let files = try Rendering(config, secrets ?? MadeUp.secrets, facts).files()
        try scratch.put(files)
        return try #require(files.first { $0.path.hasSuffix("/\(name)") }).path
    }

    /// A uv that makes a venv whose python finds everything.
    private func makeTools() throws {
        let uv = """
            #!/bin/bash
            if [[ $1 == venv ]]; then
                mkdir -p "${@: -1}/bin"
                printf '#!/bin/bash\\nexit 0\\n' >"${@: -1}/bin/python"
                chmod 755 "${@: -1}/bin/python"
            fi
            [[ $1 != pip ]] || [[ ! -e \(scratch.path)/fails ]]

            """
        _ = try scratch.write(uv, "opt/letta/uv/bin/uv", mode: 0o755)
    }

    private func run(_ path: String, _ words: [String] = []) -> HostSetup.Tool.Result? {
        HostSetup.Tool(words: [path] + words, environment: ["PATH": "\(scratch.path)/bin:/usr/bin:/bin"])
            .run()
    }

    // MARK: installing

    @Test(arguments: ["venv", "venv.old", "postgres"])
    func `a folder that ferry did not make is never deleted, and is a conflict`(name: String) throws {
        try makeTools()
        _ = try scratch.write("theirs", "opt/letta/\(name)/bin/theirs")
        let config = MadeUp.changed { $0.pgvector = "wheel" }
        let result = run(try script(name == "postgres" ? "postgres-install" : "letta-install", config))
        #expect(result?.status == 1)
        #expect(result?.text.contains("mv \(place)/\(name) \(place)/\(name).before-ferry") == true)
        #expect(text(of: "\(place)/\(name)/bin/theirs") == "theirs")
        let foreign = InstalledPlace.all(config, HostPaths(base: scratch.path, name: "x"))
            .filter(InstalledPlace.isForeign)
        #expect(foreign == ["\(place)/\(name)"])
    }

    @Test func `a link in the place of Letta's folder is not ferry's, wherever it leads`() throws {
        try makeTools()
        _ = try scratch.write("0.16.8 x", "elsewhere/.ferry")
        try HostDisk.link("\(place)/venv", to: "\(scratch.path)/elsewhere")
        #expect(InstalledPlace.isForeign("\(place)/venv"))
        #expect(run(try script("letta-install"))?.status == 1)
        #expect(text(of: "\(scratch.path)/elsewhere/.ferry") == "0.16.8 x")
    }

    @Test func `Letta's own folder is replaced, put back where that fails, and half a one made anew`() throws
    {
        try makeTools()
        let install = try script("letta-install")
        _ = try scratch.write("0.16.7 x", "opt/letta/venv/.ferry")
        _ = try scratch.write("", "fails")
        #expect(run(install)?.succeeded == false)
        #expect(text(of: "\(place)/venv/.ferry") == "0.16.7 x")
        unlink(scratch.path + "/fails")
        _ = try scratch.write("unfinished 0.16.8 x", "opt/letta/venv/.ferry")
        let result = run(install)
        #expect(result?.succeeded == true, "\(result?.text ?? "")")
        #expect(text(of: "\(place)/venv/.ferry").hasPrefix("0.16.8 "))
        #expect(!HostDisk.exists("\(place)/venv.old"))
    }

    // MARK: dumps

    @Test func `old dumps of ferry's go, and neither the new one nor what is not ferry's`() throws {
        _ = try scratch.write(
            "#!/bin/bash\nwhile [[ $1 != -f ]]; do shift; done\necho dump >\"$2\"\n", "bin/pg_dump",
            mode: 0o755)
        _ = try scratch.write("#!/bin/bash\nexit 0\n", "bin/pg_restore", mode: 0o755)
        _ = try scratch.write("#!/bin/bash\nexit 0\n", "bin/chown", mode: 0o755)
        _ = try scratch.write(
            "#!/bin/bash\n[[ $1 != -un ]] || echo postgres\n", "bin/id", mode: 0o755)
        let theirs =
            (10...23).map { "letta-z\($0).dump" } + ["letta-2020-before-upgrade.dump", "letta-x.dump"]
        let own = ["2099-01-01T031000Z", "2020-01-01T031000Z", "2020-01-02T031000Z"].map {
            "letta-\($0).dump"
        }
        for name in theirs + own { _ = try scratch.write("x", "dumps/\(name)") }
        let result = run(try script("letta-dump", MadeUp.changed { $0.dumps = 2 }), [scratch.path + "/dumps"])
        #expect(result?.succeeded == true, "\(result?.text ?? "")")
        let left = Tool(words: ["ls", scratch.path + "/dumps"]).run()?.text.split(separator: "\n") ?? []
        for name in theirs + own.prefix(1) { #expect(left.contains { $0 == name }, "\(name)") }
        for name in own.dropFirst() { #expect(!left.contains { $0 == name }, "\(name)") }
        #expect(left.count == theirs.count + 2)
    }

    // MARK: secrets

    @Test(arguments: [
        "postgresql://u:p@h/d?ssl=require&application_name=letta",
        "postgresql://u:p@h/d;touch\t/x", "a;touch${IFS}PWNED>PWNED#(|&)*", "x=y==",
    ])
    func `a secret is read by the scripts as it stands, and none of it is run`(value: String) throws {
        _ = try scratch.write("# note\nA_B=\(value)\nnot a name=1", "x.env")
        let shell = Rendering.reading(scratch.path + "/x.env")
        let path = try scratch.write(
            "#!/bin/bash\nset -euo pipefail\ncd \(scratch.path)\n\(shell)\nprintf %s \"$A_B\"\n", "read",
            mode: 0o755)
        #expect(run(path)?.text == value)
        #expect(Tool(words: ["find", scratch.path, "-name", "*PWNED*"]).run()?.text == "")
    }

    @Test(arguments: MadeUp.configs.keys.sorted())
    func `no script has a file of passwords run as shell`(name: String) throws {
        for file in try MadeUp.rendering(try #require(MadeUp.configs[name])).files()
        where file.text.hasPrefix("#!") {
            #expect(!file.text.contains("\n. "), "\(file.path)")
        }
    }
}
