import Glibc
import Testing

/// Each script of Scripts/ is one case: what a person types, and what they
/// see. `FERRY_RECORD=1` writes what was seen into the scripts, and fails.
@Suite struct ScriptTests {
    static let folder = Repository.path + "/Tests/FerryCLITests/Scripts"
    static let names = Folder.names(in: folder).filter { $0.hasSuffix(".ferrytest") }
    static let isRecording = getenv("FERRY_RECORD").map { String(cString: $0) } == "1"

    @Test(arguments: names)
    func `a script prints what it says`(name: String) async throws {
        let path = "\(Self.folder)/\(name)"
        var run = ScriptRun(try Script(Folder.text(of: path)))
        try await run.run()
        for deviation in run.deviations {
            Issue.record("\(name), \(run.script.title)\n\(deviation)")
        }
        guard Self.isRecording else { return }
        let file = fopen(path, "w")
        fputs(run.script.rewritten(run.recorded), file)
        fclose(file)
        Issue.record("\(name) was recorded; look at the difference")
    }

    @Test func `there are scripts`() {
        #expect(Self.names.count > 10)
    }
}
