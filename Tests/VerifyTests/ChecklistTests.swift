import Home
import LettaModel
import StillHome
import Testing
import Verify

/// Evidence of a good move, to be spoilt in one place.
enum Evidence {
    static let home = Copy().home

    static func lines(_ spoil: (inout ChecklistEvidence) async throws -> Void) async throws -> [CheckLine] {
        let results = try await Comparison().results(Copy(), home)
        var evidence = ChecklistEvidence(
            expectedType: "letta_v1_agent", agentType: try await home.observing("letta_v1_agent"),
            reply: ChecklistEvidence.Reply(
                item: "message 39 of 40", text: "Good night.",
                row: try await home.observing(listed("assistant_message", "content"))),
            listing: try await home.observing(ChecklistEvidence.ListingCount(rows: 40, pages: 1)), rows: 40,
            passages: results[1], blocks: results[4], live: .notRun("ferry verify r1 --live"),
            export: try await home.observing(ExportShape([bytes(Copy.Row(number: 2).json)])))
        try await spoil(&evidence)
        return evidence.lines
    }

    static func listed(_ type: String, _ field: String) -> ListedRow<TargetSide> {
        let item = #"{"message_type":"\#(type)","\#(field)":"Good night."}"#
        return ListedRow(id: ServerID("message-1"), date: "", messageTypes: [type], items: bytes("[\(item)]"))
    }
}

struct ChecklistTests {
    @Test func `a good move passes every line but the one that was not asked for`() async throws {
        let lines = try await Evidence.lines { _ in }
        #expect(lines.map(\.check) == Check.allCases)
        #expect(
            lines.map(\.status) == [.ok, .ok, .ok, .ok, .ok, .notRun("ferry verify r1 --live"), .ok])
        #expect(
            lines.map(\.evidence) == [
                "letta_v1_agent", "message 39 of 40 lists as assistant_message",
                "40 rows on 1 page, every page answered", "20 of 20 equal in content",
                "2 of 2 equal in content",
                "not asked for", "1 combined row, none split",
            ])
    }

    @Test func `an agent of another type fails`() async throws {
        let lines = try await Evidence.lines {
            $0.agentType = try await Evidence.home.observing("memgpt_agent")
        }
        #expect(lines[0].status == .failed)
        #expect(lines[0].evidence == "memgpt_agent, expected letta_v1_agent")
    }

    @Test func `a memgpt agent that was kept is not applicable, with the reason`() async throws {
        let lines = try await Evidence.lines {
            $0.expectedType = "memgpt_agent"
            $0.agentType = try await Evidence.home.observing("memgpt_agent")
        }
        #expect(lines[0].status == .notApplicable("the agent is a memgpt_agent and stays one"))
        #expect(lines[1].status == .notApplicable("a memgpt_agent speaks through send_message"))
    }

    @Test func `a reply that lists as reasoning fails`() async throws {
        let row = try await Evidence.home.observing(Evidence.listed("reasoning_message", "reasoning"))
        let lines = try await Evidence.lines {
            $0.reply = ChecklistEvidence.Reply(item: "message 39 of 40", text: "Good night.", row: row)
        }
        #expect(lines[1].status == .failed)
        #expect(lines[1].evidence == "message 39 of 40 lists as reasoning_message")
    }

    @Test func `a reply that the listing lacks fails`() async throws {
        let lines = try await Evidence.lines { evidence in
            evidence.reply = evidence.reply.map {
                ChecklistEvidence.Reply(item: $0.item, text: "Good morning.", row: $0.row)
            }
        }
        #expect(lines[1].evidence == "message 39 of 40: its text is not in the listing")
        #expect(lines[1].status == .failed)
    }

    @Test func `a short listing fails`() async throws {
        let count = ChecklistEvidence.ListingCount(rows: 39, pages: 2)
        let lines = try await Evidence.lines { $0.listing = try await Evidence.home.observing(count) }
        #expect(lines[2].status == .failed)
        #expect(lines[2].evidence == "39 rows on 2 pages, every page answered; expected 40 rows")
    }

    @Test func `split turns in the export fail`() async throws {
        var reasoning = Copy.Row(number: 2)
        var text = reasoning
        reasoning.parts.removeLast()
        text.parts.removeFirst()
        let shape = ExportShape([bytes(reasoning.json), bytes(text.json)])
        let lines = try await Evidence.lines { $0.export = try await Evidence.home.observing(shape) }
        #expect(lines[6].status == .failed)
        #expect(lines[6].evidence == "0 combined rows, 1 turn split in two rows")
    }

    @Test func `reasoning before a tool call is no split turn`() {
        let call =
            #"{"role":"assistant","content":[{"type":"reasoning"}],"tool_calls":[{"id":"c"}]}"#
        let text = #"{"role":"assistant","content":[{"type":"text","text":"t"}]}"#
        #expect(ExportShape([bytes(call), bytes(text)]).split == 0)
    }

    @Test func `a live chat gives its line`() async throws {
        let worked = try await Evidence.lines { $0.live = .worked("memory answered") }
        let failed = try await Evidence.lines { $0.live = .failed("no tool was called") }
        #expect(worked[5].status == .ok)
        #expect(failed[5].status == .failed)
    }
}
