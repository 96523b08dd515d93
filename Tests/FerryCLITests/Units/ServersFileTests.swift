import Glibc
import LettaModel
import Testing

@testable import FerryCLI

@Suite struct ServersFileTests {
    private let home = Sandbox()

    private var file: ServersFile { get throws { try ServersFile(in: home.path + "/config/ferry") } }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `what was added is read again`() throws {
        let entries = [
            ServerEntry(name: "a", url: "http://127.0.0.1:1", token: .environment("TOKEN"), project: "p"),
            ServerEntry(name: "b", url: "https://b", token: .file("/x#KEY"), caFile: "/ca.pem"),
            ServerEntry(name: "c", url: "https://c", token: .command("pass show c")),
            ServerEntry(name: "d", url: "https://d"),
        ]
        var file = try file
        for entry in entries { try file.add(entry) }
        #expect(try self.file.entries == entries)
    }

    @Test func `the file and its folder are the owner's alone`() throws {
        var file = try file
        try file.add(ServerEntry(name: "a", url: "http://h"))
        #expect(mode(file.path) == 0o600)
        #expect(mode(home.path + "/config/ferry") == 0o700)
    }

    @Test func `a name is given once`() throws {
        var file = try file
        try file.add(ServerEntry(name: "a", url: "http://h"))
        #expect(code { try file.add(ServerEntry(name: "a", url: "http://other")) } == .serverExists)
    }

    @Test func `a removed name is unknown afterwards`() throws {
        var file = try file
        try file.add(ServerEntry(name: "home", url: "http://h"))
        try file.remove("home")
        #expect(try self.file.entries.isEmpty)
        #expect(code { try file.remove("home") } == .unknownServer)
    }

    @Test func `an unknown name brings the nearest and all names`() {
        let entries = [
            ServerEntry(name: "cloud", url: "https://c"), ServerEntry(name: "home", url: "https://h"),
        ]
        let failure = ServersFile.unknown("clod", among: entries)
        #expect(failure.remedy.contains("did you mean cloud?"))
        #expect(failure.reason.contains("cloud, home"))
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"servers":[{"name":"a"}]}"#])
    func `a file that is not ferry's is refused and left alone`(text: String) throws {
        home.write(text, to: "servers.json")
        #expect(code { _ = try ServersFile(in: home.path) } == .configUnreadable)
        #expect(Folder.text(of: home.path + "/servers.json") == text)
    }
}

/// The error code that a body ends with; nil where it ends well.
func code(_ body: () throws -> Void) -> ErrorCode? {
    do {
        try body()
        return nil
    } catch {
        return (error as? Failure)?.code ?? .internal
    }
}
