import LettaModel
import Testing

@testable import FerryCLI

@Suite struct ExitCodeTests {
    @Test func `the codes are those that scripts rely on`() {
        let codes: [ExitCode: Int32] = [
            .clean: 0, .findings: 1, .usage: 2, .losses: 3, .sourceFailed: 4, .targetFailed: 5,
            .notUnderstood: 6,
            .refused: 7, .incomplete: 8, .internalError: 70, .interrupted: 130,
        ]
        #expect(codes.count == ExitCode.allCases.count)
        for (code, number) in codes { #expect(code.rawValue == number) }
    }

    @Test(arguments: ErrorCode.allCases)
    func `no error ends as success`(code: ErrorCode) {
        for end in [nil, Failure.End.source, .target] { #expect(ExitCode.of(code, end: end) != .clean) }
    }

    @Test(arguments: [ErrorCode.connectFailed, .unauthorized, .serverError, .agentUnknown, .timedOut])
    func `an end that fails has a code of its own`(code: ErrorCode) {
        #expect(ExitCode.of(code, end: .source) == .sourceFailed)
        #expect(ExitCode.of(code, end: .target) == .targetFailed)
    }

    @Test(arguments: [ErrorCode.sameServer, .agentNameTaken, .toolClash, .modelUnknown, .embeddingUnknown])
    func `what is refused before the first write says so`(code: ErrorCode) {
        #expect(ExitCode.of(code, end: .target) == .refused)
    }

    @Test(arguments: [ErrorCode.notLetta, .appServer, .abilityMissing, .snapshotNewer, .agentFileLegacy])
    func `what ferry does not understand has one code at both ends`(code: ErrorCode) {
        #expect(ExitCode.of(code, end: .source) == .notUnderstood)
        #expect(ExitCode.of(code, end: .target) == .notUnderstood)
    }

    @Test func `every code has a meaning of its own`() {
        #expect(Set(ExitCode.allCases.map(\.meaning)).count == ExitCode.allCases.count)
    }
}
