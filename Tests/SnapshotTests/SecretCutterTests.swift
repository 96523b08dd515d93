import LettaModel
import Snapshot
import Testing

struct SecretCutterTests {
    struct Case: Sendable {
        let kind: DocumentKind
        let json: String
        let left: String
        let names: [String]
    }

    static let cases: [Case] = [
        Case(
            kind: .agent, json: #"{"secrets":[{"key":"K","value":"v","description":"d"}], "n":1.0}"#,
            left:
                #"{"secrets":[{"key":"K","value":"<cut by ferry: secrets.K>","description":"d"}], "n":1.0}"#,
            names: ["secrets.K"]),
        Case(
            kind: .exportShell, json: #"{"agents":[{"secrets":{"A":"v","B":""}}]}"#,
            left: #"{"agents":[{"secrets":{"A":"<cut by ferry: secrets.A>","B":""}}]}"#, names: ["secrets.A"]),
        Case(
            kind: .agent,
            json: #"{"tool_exec_environment_variables":[{"key":"HOST","value":"h","value_enc":"e"}]}"#,
            left:
                #"{"tool_exec_environment_variables":[{"key":"HOST","value":"<cut by ferry: tool_exec_environment_variables.HOST>","value_enc":"<cut by ferry: tool_exec_environment_variables.HOST>"}]}"#,
            names: ["tool_exec_environment_variables.HOST", "tool_exec_environment_variables.HOST"]),
        Case(
            kind: .exportShell, json: #"{"tool_exec_environment_variables":{"HOST":"h"}}"#,
            left:
                #"{"tool_exec_environment_variables":{"HOST":"<cut by ferry: tool_exec_environment_variables.HOST>"}}"#,
            names: ["tool_exec_environment_variables.HOST"]),
        Case(
            kind: .surrounding(.mcpServer),
            json:
                #"{"server_name":"files","auth_header":"Authorization","auth_token":"t","custom_headers":{"X-Key":"k"}}"#,
            left:
                #"{"server_name":"files","auth_header":"Authorization","auth_token":"<cut by ferry: files.auth_token>","custom_headers":{"X-Key":"<cut by ferry: files.custom_headers.X-Key>"}}"#,
            names: ["files.auth_token", "files.custom_headers.X-Key"]),
        Case(
            kind: .surrounding(.mcpServer),
            json: #"{"server_name":"f","auth_header":"Bearer abc","token":"t"}"#,
            left:
                #"{"server_name":"f","auth_header":"<cut by ferry: f.auth_header>","token":"<cut by ferry: f.token>"}"#,
            names: ["f.auth_header", "f.token"]),
        Case(
            kind: .surrounding(.mcpServer),
            json: #"{"server_name":"f","config":{"command":"run","args":["-v"],"env":{"PASS":"p"}}}"#,
            left:
                #"{"server_name":"f","config":{"command":"run","args":["-v"],"env":{"PASS":"<cut by ferry: f.env.PASS>"}}}"#,
            names: ["f.env.PASS"]),
        Case(
            kind: .agent,
            json:
                #"{"llm_config":{"model":"m","api_key":"k","max_tokens":9,"model_endpoint":"https://u:p@h/v1?key=s&v=1"}}"#,
            left:
                #"{"llm_config":{"model":"m","api_key":"<cut by ferry: llm_config.api_key>","max_tokens":9,"model_endpoint":"https://cut-by-ferry@h/v1?key=cut-by-ferry&v=1"}}"#,
            names: ["llm_config.api_key", "llm_config.model_endpoint"]),
        Case(
            kind: .agent,
            json: #"{"embedding_config":{"embedding_endpoint":"https:\/\/tok@h","password":null}}"#,
            left: #"{"embedding_config":{"embedding_endpoint":"https://cut-by-ferry@h","password":null}}"#,
            names: ["embedding_config.embedding_endpoint"]),
        Case(
            kind: .surrounding(.sandboxVariable), json: #"{"key":"DB","value":"pw"}"#,
            left: #"{"key":"DB","value":"<cut by ferry: variable.DB>"}"#, names: ["variable.DB"]),
        Case(
            kind: .agent, json: #"{"secrets":{"A":"1","A":"2"}}"#,
            left: #"{"secrets":{"A":"<cut by ferry: secrets.A>","A":"<cut by ferry: secrets.A>"}}"#,
            names: ["secrets.A", "secrets.A"]),
    ]

    @Test(arguments: cases)
    func `secret values are cut and nothing else moves`(item: Case) throws {
        let result = try SecretCutter().cut(Array(item.json.utf8), of: item.kind)
        #expect(text(result.json) == item.left)
        #expect(result.names == item.names)
        let again = try SecretCutter().cut(result.json, of: item.kind)
        #expect(text(again.json) == item.left, "cutting twice changes nothing")
    }

    @Test(arguments: [
        #"{ "name" : "ada" , "metadata":{"password":"mine","secrets":["x"]}, "limit": 5e3 }"#,
        #"{"secrets":[{"key":"K","value":"<encrypted>"}]}"#,
        #"{"secrets":[],"tool_exec_environment_variables":{},"custom_headers":null,"auth_token":null}"#,
        #"{"llm_config":{"model_endpoint":"https://h/v1?version=2","tokenizer":"cl100k","max_tokens":100}}"#,
        #"{"tools":[{"json_schema":{"properties":{"secrets":{"type":"object"},"auth_token":{"default":"x"}}}}]}"#,
        #"{"system":"my api_key: abc","env":{"a":"b"}}"#,
    ])
    func `what is no secret stays byte for byte`(json: String) throws {
        let result = try SecretCutter().cut(Array(json.utf8), of: .agent)
        #expect(text(result.json) == json)
        #expect(result.names.isEmpty)
    }

    @Test func `a marker names what it stands for`() {
        #expect(CutMarker.name(in: CutMarker.text(naming: "secrets.K")) == "secrets.K")
        #expect(CutMarker.name(in: "plain") == nil)
    }
}
