import Home
import LettaModel
import Snapshot
import Testing
import Verify

@testable import Migration

@Suite struct RowFormTests {
    private func digest(_ json: String) throws -> ContentDigest {
        try RowForm.print(of: Array(json.utf8)).digest
    }

    private let plain =
        #"{"role":"assistant","content":[{"type":"text","text":"hi"}],"tool_calls":null,"created_at":"2026-01-02T03:04:05+00:00","id":"message-1","otid":"x"}"#

    @Test(arguments: [
        #"{"role":"assistant","content":[{"type":"text","text":"hi","signature":null}],"created_at":"2026-01-02T03:04:05Z","id":"message-9"}"#,
        #"{"content":[{"text":"hi","type":"text"}],"role":"assistant","tool_calls":[],"created_at":"2026-01-02T04:04:05+01:00","agent_id":"agent-7"}"#,
    ])
    func `absent is null, ids are dropped, and a time is a time in any zone`(json: String) throws {
        #expect(try digest(json) == digest(plain))
    }

    @Test(arguments: [
        #"{"role":"user","content":[{"type":"text","text":"hi"}],"created_at":"2026-01-02T03:04:05Z"}"#,
        #"{"role":"assistant","content":[{"type":"text","text":"hi "}],"created_at":"2026-01-02T03:04:05Z"}"#,
        #"{"role":"assistant","content":[{"type":"text","text":"hi"}],"created_at":"2026-01-02T03:04:05.000001Z"}"#,
        #"{"role":"assistant","content":[{"type":"text","text":"hi"}],"name":"Ada","created_at":"2026-01-02T03:04:05Z"}"#,
        #"{"role":"assistant","content":[],"created_at":"2026-01-02T03:04:05Z"}"#,
        #"{"role":"assistant","content":[{"type":"text","text":"hi"}],"sender_id":"identity-1","created_at":"2026-01-02T03:04:05Z"}"#,
    ])
    func `role, text, microsecond, name, content and sender matter`(json: String) throws {
        #expect(try digest(json) != digest(plain))
    }

    @Test func `a null inside the user's own data is not the same as nothing`() throws {
        let with = #"{"role":"tool","tool_returns":[{"func_response":[{"a":null}]}]}"#
        let without = #"{"role":"tool","tool_returns":[{"func_response":[{}]}]}"#
        #expect(try digest(with) != digest(without))
    }
}

@Suite struct NativeAgreementTests {
    @Test(arguments: [
        (["system_message"], "system", true), (["user_message"], "user", true),
        (["user_message"], "summary", true),
        (["reasoning_message", "assistant_message"], "assistant", true),
        (["tool_call_message"], "assistant", true),
        (["tool_return_message"], "tool", true), (["approval_request_message"], "approval", true),
        (["reasoning_message", "approval_request_message"], "approval", true),
        (["user_message"], "assistant", false), (["assistant_message"], "user", false),
        (["tool_return_message"], "assistant", false), (["assistant_message"], "tool", false),
        ([], "assistant", true),
    ])
    func `a row fits the listing of its own role only`(types: [String], role: String, fits: Bool) {
        #expect(NativeAgreement.fits(types, role) == fits)
    }
}
