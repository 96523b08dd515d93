import LettaModel
import Testing

@testable import HostSetup

@Suite struct CoveringTests {
    private func covered(_ text: String, isSecret: Bool = true, rendered: String = "A=1\nX_KEY=k\n") -> String
    {
        Covering(secrets: MadeUp.secrets).covered(
            text, of: DesiredFile("/x", rendered, isSecret: isSecret))
    }

    static let lines: [(String, String)] = [
        ("# OPENAI_API_KEY=sk-hidden", "# ***"), ("DB_PASS=hidden", "DB_PASS=***"),
        ("export X_PWD=hidden", "export X_PWD=***"), ("HTTPS_PROXY=http://u:hidden@h", "HTTPS_PROXY=***"),
        ("  hidden", "***"), ("aGlkZGVuhidden==", "***"), ("hidden=", "***"), ("hidden words=1", "***"),
        ("A=1", "A=1"), ("X_KEY=hidden", "X_KEY=***"), ("A=hidden", "A=***"), ("", ""),
        ("A=\"hidden\nB=hidden\nhidden\"\nC=hidden", "A=***\n***\n***\nC=***"),
        ("A=hidden\\\nhidden=hidden", "A=***\n***"), ("A=hidden\r\nB=hidden\r\n", "A=***\nB=***\n"),
    ]

    @Test(arguments: lines)
    func `of a file of passwords every value that ferry did not write is covered`(
        line: String, shown: String
    ) {
        let text = DesiredFile("/x", "A=1\n").text + line
        let found = covered(text).split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
        #expect(found.joined(separator: "\n") == shown)
        #expect(!covered(line).contains("hidden"))
    }

    static let others: [(String, String)] = [
        ("proxy_set_header Authorization \"Bearer hidden\";", "proxy_set_header Authorization***"),
        ("proxy_set_header\tAUTHORIZATION hidden;", "proxy_set_header\tAUTHORIZATION***"),
        ("    \"Basic hidden\";", "    \"Basic ***"),
        ("Environment=X_TOKEN=hidden", "Environment=X_TOKEN***"),
        ("proxy_pass http://u:hidden@h/x;", "proxy_pass http://***@h/x;"),
        ("server_name letta.example.org;", "server_name letta.example.org;"),
    ]

    @Test(arguments: others)
    func `of any other file what is behind a telling word is covered`(line: String, shown: String) {
        #expect(covered("# theirs\n\(line)\n", isSecret: false) == "# theirs\n\(shown)\n")
    }

    @Test func `what ferry wrote itself is shown but for its passwords`() {
        let old = DesiredFile("/x", "MODE=old\nLETTA_SERVER_PASSWORD=hidden\n", isSecret: true)
        #expect(covered(old.text).hasSuffix("MODE=old\nLETTA_SERVER_PASSWORD=***\n"))
    }
}
