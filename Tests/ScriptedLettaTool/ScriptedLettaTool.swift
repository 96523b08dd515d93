import Glibc
import ScriptedLetta

/// The scripted server as a program, for benchmarks and script tests.
@main
struct ScriptedLettaTool {
    static func main() {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            if options.listsFaults {
                for entry in FaultMatrix.all { say("\(entry.name)\n") }
                return
            }
            let server = try ScriptedServer(
                options.world, profile: options.profile, mode: options.mode, token: options.token,
                faults: options.faults, port: options.port, origins: options.origins)
            say("\(server.url)\n")
            waitForTheEnd()
            server.stop()
        } catch {
            say(
                "scripted-letta: \((error as? Options.Unknown)?.reason ?? "\(error)")\n\n\(Options.usage)",
                to: 2)
            exit(2)
        }
    }

    private static func say(_ text: String, to descriptor: Int32 = 1) {
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
    }

    /// Until standard input ends; for ever where there is none.
    private static func waitForTheEnd() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var kind = stat()
        guard fstat(0, &kind) == 0, kind.st_mode & S_IFMT != S_IFCHR else {
            while true { pause() }
        }
        while read(0, &bytes, bytes.count) > 0 {}
    }
}
