import Foundation
import Glibc
import LettaModel
import Testing

@testable import Migration

/// Lint and mend at their edges: signals, pipes, folders that are not there.
@Suite struct FileLookTests {
    private static func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "look-\(UUID())").path
        try PrivateFile.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text =
            #"{"agents":[],"groups":[],"blocks":[],"files":[],"sources":[],"tools":[],"mcp_servers":[]}"#
        try PrivateFile.write(Array(text.utf8), to: "\(folder)/a.af")
        try await body(folder)
    }

    @Test func `a cancelled look ends, and leaves no file`() async throws {
        try await Self.inFolder { folder in
            let endings = await withTaskGroup(of: Bool.self) { group in
                for isLint in [true, false] {
                    group.addTask {
                        withUnsafeCurrentTask { $0?.cancel() }
                        do {
                            if isLint {
                                _ = try await Engine.lint("\(folder)/a.af")
                            } else {
                                _ = try await Engine.mend("\(folder)/a.af", to: "\(folder)/b.af")
                            }
                            return false
                        } catch { return error is CancellationError }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(endings == [true, true])
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left == ["a.af"])
        }
    }

    @Test func `a pipe is refused at once`() async throws {
        try await Self.inFolder { folder in
            try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
            let failure = await #expect(throws: Failure.self) {
                try await Engine.mend("\(folder)/pipe", to: "\(folder)/b.af")
            }
            #expect(failure?.code == .fileUnreadable)
            #expect(failure?.reason.contains("not a regular file") == true)
        }
    }

    @Test func `a folder that is not there is told by the name that was given`() async throws {
        try await Self.inFolder { folder in
            let failure = await #expect(throws: Failure.self) {
                try await Engine.mend("\(folder)/a.af", to: "\(folder)/no/b.af")
            }
            #expect(failure?.subject == "\(folder)/no/b.af")
            #expect(failure?.remedy.hasSuffix("ls -ld \(folder)/no") == true)
        }
    }

    @Test func `a key that stands twice is not guessed`() async throws {
        try await Self.inFolder { folder in
            try PrivateFile.write(
                Array(#"{"agents":[{"name":"Ada"}],"agents":[]}"#.utf8), to: "\(folder)/a.af")
            let failure = await #expect(throws: Failure.self) {
                try await Engine.mend("\(folder)/a.af", to: "\(folder)/b.af")
            }
            #expect(failure?.reason.hasPrefix("$.agents stands in its object twice") == true)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left == ["a.af"])
        }
    }
}
