import LettaModel
import Testing

@testable import HostSetup

/// Units of workers, and the Python that no move brings.
@Suite struct WorkerUnitTests {
    private func unit(_ name: String, _ scratch: Scratch) throws -> String {
        let files = try MadeUp.rendering(MadeUp.changed { $0.agents = ["ada"] }, base: scratch.path).files()
        return try #require(files.first { $0.path.hasSuffix("/\(name)") }).text
    }

    /// The words of the first command, as systemd would run them.
    private func check(_ text: String) throws -> HostSetup.Tool.Result {
        let line = try #require(
            text.split(separator: "\n").first { $0.hasPrefix("ExecStartPre=+/bin/sh -c '") })
        let script = line.dropFirst("ExecStartPre=+/bin/sh -c '".count).dropLast()
        #expect(!script.contains("'") && !script.contains("%") && !script.contains("$"))
        return try #require(Tool(words: ["/bin/sh", "-c", String(script)]).run())
    }

    @Test(arguments: ["broca@ada.service", "smcp@ada.service"])
    func `a unit whose Python nobody has made says so, with the command that makes it`(name: String) throws {
        let scratch = Scratch()
        let text = try unit(name, scratch)
        let missing = try check(text)
        let home = scratch.path + "/srv/ada"
        #expect(missing.status == 1)
        #expect(missing.text.contains("\(home)/venv/bin/python is not there"))
        #expect(
            missing.text.contains(
                "/usr/bin/python3 -m venv \(home)/venv && \(home)/venv/bin/pip install -r \(home)/ferry-packages.txt"
            ))
        _ = try scratch.write("", "srv/ada/venv/bin/python", mode: 0o755)
        #expect(try check(text).succeeded)
        #expect(text.contains("\nExecStart=\(home)/venv/bin/python "))
    }

    @Test func `agents whose workers are there and cannot start are found, with what goes into it`() throws {
        let scratch = Scratch()
        let paths = HostPaths(base: scratch.path, name: "x")
        let agents = ["ada", "bob", "eve", "not-moved"]
        _ = try scratch.write("x==1\n", "srv/ada/ferry-packages.txt")
        _ = try scratch.write("", "srv/ada/broca/requirements.txt")
        _ = try scratch.write("", "srv/bob/smcp/requirements.txt")
        _ = try scratch.write("", "srv/eve/broca/main.py")
        _ = try scratch.write("", "srv/eve/venv/bin/python", mode: 0o755)
        #expect(
            WorkerEnvironment.lacking(agents, paths) == [
                "ada": [scratch.path + "/srv/ada/ferry-packages.txt"],
                "bob": [scratch.path + "/srv/bob/smcp/requirements.txt"],
            ])
    }
}
