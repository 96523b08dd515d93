import LettaModel
import LosslessJSON

/// Registrations of tool servers belong to Letta and hold tokens and an
/// environment that ferry does not read: it makes none, and says what to type.
///
/// Source: 0.16.8 refuses a stdio registration unless it was started with
/// `MCP_DISABLE_STDIO=false`, and no route tells which without registering one.
struct ToolServerAdvice: Sendable {
    /// As the user calls it.
    let server: String
    let url: String
    /// From the tree's old place to its new one.
    let paths: TextRewriter
    /// The target has a stdio registration already.
    let hasStdio: Bool

    /// One that the old agents use and the target has not.
    func missing(_ known: ToolServer) -> Omission {
        Omission(
            id: "tool-server:\(known.name)", class: .inherent, item: "tool server \(known.name)",
            reason: "is registered on the old server alone; a registration holds its token or environment, "
                + "which ferry does not read" + (known.url == nil ? "; " + stdio(known) : ""),
            remedy: (known.url == nil
                ? "start \(server)'s Letta with MCP_DISABLE_STDIO=false, then register it: "
                : "register it: ")
                + registration(known) + "; then refresh it and attach its tools by name")
    }

    private func stdio(_ known: ToolServer) -> String {
        "Letta itself starts it (\(words(known).joined(separator: " "))), which 0.16.8 does only where stdio is "
            + "switched on; whether \(server) has it on cannot be asked without registering one"
            + (hasStdio ? ", but one is registered there, so it was on then" : "")
    }

    /// One of the target that starts a program in the tree's old place.
    func movedPath(_ known: ToolServer) -> Omission? {
        guard known.url == nil, startsInTree(known) else { return nil }
        return Omission(
            id: "tool-server:\(known.name)", class: .inherent, item: "tool server \(known.name)",
            reason:
                "is registered on \(server) with paths of the old place: \(words(known).joined(separator: " ")); "
                + "a registration holds an environment, which ferry does not read",
            remedy:
                "after the move, register it anew with its new paths: curl -X DELETE \(url)/v1/mcp-servers/\(known.id) "
                + "\(Self.login) && \(registration(known)); then attach its tools by name")
    }

    func startsInTree(_ known: ToolServer) -> Bool { words(known).contains { moved($0) != $0 } }

    private func words(_ known: ToolServer) -> [String] {
        [known.command].compactMap { $0 } + known.arguments
    }

    private func moved(_ text: String) -> String {
        paths.rewrite(Array(text.utf8), file: "").map { String(decoding: $0.bytes, as: UTF8.self) } ?? text
    }

    /// `$TOKEN` is the reader's to set: no secret is printed.
    static let login = "-H \"Authorization: Bearer $TOKEN\""

    /// The command that registers it, with the paths of the new place.
    private func registration(_ known: ToolServer) -> String {
        var config: JSONNode = ["mcp_server_type": .string(known.kind)]
        if let address = known.url {
            config["server_url"] = .string(ToolServerAddress.bare(address))
        } else {
            config["command"] = .string(moved(known.command ?? ""))
            config["args"] = .array(known.arguments.map { .string(moved($0)) })
        }
        let body: JSONNode = ["server_name": .string(known.name), "config": config]
        return "curl -X POST \(url)/v1/mcp-servers/ \(Self.login) -H 'Content-Type: application/json' -d "
            + ShellWord.inQuotes(body.text())
    }
}
