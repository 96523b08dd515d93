import LosslessJSON
import Synchronization

/// The repeating part of a generated history: whole turns of conversation,
/// with everything that rows can hold.
public struct Score: Sendable {
    struct Slot: Sendable {
        let export: RowTemplate
        let listing: RowTemplate
        let sender: String?
        let opensTurn: Bool
    }

    let opening: Slot
    let slots: [Slot]
    /// Stands where a history ends in the middle of a turn.
    let filler: Slot
    let style: ListingStyle

    fileprivate init(opening: Slot, slots: [Slot], filler: Slot, style: ListingStyle) {
        self.opening = opening
        self.slots = slots
        self.filler = filler
        self.style = style
    }

    /// A companion of some years: letta_v1_agent.
    /// - Parameter rowBytes: about how long one listed row is; nil for as it comes.
    public static func companion(rowBytes: Int? = nil, sender: String? = nil) -> Score {
        // Made once for each: a world is made for every test.
        let key = "\(rowBytes ?? 0) \(sender ?? "")"
        if let made = made.withLock({ $0[key] }) { return made }
        let score = newCompanion(rowBytes, sender)
        made.withLock { $0[key] = score }
        return score
    }

    private static let made = Mutex<[String: Score]>([:])

    private static func newCompanion(_ rowBytes: Int?, _ sender: String?) -> Score {
        var writer = ScoreWriter(style: ListingStyle(), rowBytes: rowBytes, sender: sender)
        for (number, subject) in Phrases.subjects.enumerated() { writer.turn(number, subject) }
        return writer.score(opening: "You are Ada, a companion. Speak plainly.")
    }

    /// An agent that speaks by calling `send_message`.
    public static func legacy() -> Score {
        var writer = ScoreWriter(style: ListingStyle(isLegacy: true), rowBytes: nil, sender: nil)
        for subject in Phrases.subjects { writer.legacyTurn(subject) }
        return writer.score(opening: "You are a legacy agent. Speak by calling send_message.")
    }
}

/// Appends turns to a score.
struct ScoreWriter {
    private(set) var slots: [Score.Slot] = []
    private let style: ListingStyle
    private let rowBytes: Int?
    private let sender: String?

    private static let number = String(RowTemplate.Hole.number.character)
    private static let cycle = String(RowTemplate.Hole.cycle.character)
    private static let time = String(RowTemplate.Hole.createdAt.character)

    init(style: ListingStyle, rowBytes: Int?, sender: String?) {
        self.style = style
        self.rowBytes = rowBytes
        self.sender = sender
    }

    func score(opening: String) -> Score {
        let system = row("system", [Self.text(opening)])
        let filler = row("user", [Self.text("One more word, number \(Self.number), without an answer.")])
        return Score(
            opening: slot(system, opens: true), slots: slots, filler: slot(filler, opens: true), style: style)
    }

    // MARK: turns

    mutating func turn(_ kind: Int, _ subject: String) {
        user([Self.text("Turn \(Self.number): a word about \(subject), please.")])
        switch kind % 12 {
        case 0:
            act([("archival_memory_search", "{\"query\": \"\(subject)\"}", "OK", "[]")], think: "Look first.")
        case 1: say("Noted: \(subject).", think: "Short is kind, ne? \(subject).", signed: true)
        case 2:
            act(
                [
                    ("piano_log", "{\"instrument\": \"Erard\", \"minutes\": 1e2}", "OK", "Erard: \(subject)"),
                    (
                        "weather", "{\"place\": \"Porto\", \"scale\": 1.0}", "OK",
                        "{\"sky\": \"cork\", \"°C\": 21}"
                    ),
                ], think: "Two at once.")
        case 3:
            act([("weather", "{}", "Failed", "Error calling weather: no place in \(subject)")], think: nil)
        case 4: userPicture(subject)
        case 5: approval(subject, isGranted: true)
        case 6: approval(subject, isGranted: false)
        case 7: alert(subject)
        case 8:
            add(
                row(
                    "assistant", [Self.redacted("ZW5jcnlwdGVk"), Self.text("I would rather not say.")],
                    model: true))
        case 9:
            say(
                "\(subject)\n\n\"quoted\" \\ and a tab\t, 春の音, Привіт, يوسف, 👩🏽‍🚀, e\u{301}", think: nil,
                signed: false)
        case 10:
            act(
                [("send_letter", "{\"to\": \"Haruka\"}", "OK", "None")], think: "She waits.",
                aside: "I will write.")
        default:
            add(
                row(
                    "assistant", [Self.reasoning("First. "), Self.reasoning("Then."), Self.text("Done.")],
                    model: true))
        }
        say(
            "About \(subject): noted as \(Self.number).",
            think: kind % 2 == 0 ? "Keep \(Self.number) short." : nil, signed: false)
    }

    mutating func legacyTurn(_ subject: String) {
        let message =
            "{\"type\": \"user_message\", \"message\": \"Are you there? \(subject)\", \"time\": \"\(Self.time)\"}"
        user([Self.text(message)])
        act(
            [
                (
                    "send_message", "{\"message\": \"Here, in \(Self.number).\"}", "OK",
                    "Sent message successfully."
                )
            ],
            think: nil, aside: "Inner thought \(Self.number).")
    }

    // MARK: rows

    private mutating func user(_ parts: [JSONNode]) {
        add(row("user", parts), sender: sender, opens: true)
    }

    private mutating func say(_ words: String, think: String?, signed: Bool) {
        let thought = think.map { [Self.reasoning($0, signature: signed ? "EqMB+/Zm9vYmFy==" : nil)] } ?? []
        add(row("assistant", thought + [Self.text(words)], model: true))
    }

    private mutating func act(
        _ calls: [(name: String, arguments: String, status: String, message: String)], think: String?,
        aside: String? = nil
    ) {
        let ids = calls.indices.map { "call_\(slots.count)x\($0)y\(Self.cycle)" }
        let content = (think.map { [Self.reasoning($0)] } ?? []) + (aside.map { [Self.text($0)] } ?? [])
        var asking = row("assistant", content, model: true)
        asking["tool_calls"] = .array(zip(calls, ids).map { Self.call($1, $0.name, $0.arguments) })
        add(asking)
        add(toolRow(calls, ids))
    }

    private func toolRow(
        _ calls: [(name: String, arguments: String, status: String, message: String)], _ ids: [String]
    ) -> JSONNode {
        // The listing shows a return twice.
        let filler = rowBytes.map { Self.filler(($0 - 560) / 2 / calls.count) } ?? ""
        let bodies = calls.map { call -> String in
            let packed: JSONNode = [
                "status": .string(call.status), "message": .string(call.message + filler),
                "time": .string(Self.time),
            ]
            return packed.text()
        }
        var answer = row("tool", bodies.map(Self.text), model: true)
        answer["name"] = .string(calls[0].name)
        answer["tool_call_id"] = .string(ids[0])
        answer["tool_returns"] = .array(
            calls.indices.map { place in
                let failed = calls[place].status == "Failed"
                return [
                    "tool_call_id": .string(ids[place]), "status": failed ? "error" : "success",
                    "stdout": place == 0 ? nil : ["one line\n", "another"],
                    "stderr": failed ? ["Traceback"] : nil,
                    "func_response": .string(bodies[place]),
                ]
            })
        return answer
    }

    private mutating func approval(_ subject: String, isGranted: Bool) {
        let id = "call_\(slots.count)x0y\(Self.cycle)"
        var request = row("approval", [Self.reasoning("This one asks first.")], model: true)
        request["tool_calls"] = [Self.call(id, "send_letter", "{\"subject\": \"\(subject)\"}")]
        request["tool_call_id"] = .string(id)
        add(request)
        var answer = row("approval", [])
        answer["approvals"] = [
            [
                "type": "approval", "tool_call_id": .string(id), "approve": .bool(isGranted),
                "reason": "so be it",
            ]
        ]
        add(answer)
        let message =
            isGranted ? "letter is in the tray" : "Error: request to call tool denied. User reason: so be it"
        var result = toolRow([("send_letter", "", isGranted ? "OK" : "Failed", message)], [id])
        if !isGranted { result["content"] = [] }
        add(result)
    }

    private mutating func alert(_ subject: String) {
        let note =
            "Note: prior messages have been hidden from view due to conversation memory constraints.\n\(subject)"
        let packed: JSONNode = ["type": "system_alert", "message": .string(note), "time": .string(Self.time)]
        add(row("summary", [Self.text(packed.text())]))
    }

    private mutating func userPicture(_ subject: String) {
        let image: JSONNode = [
            "type": "image",
            "source": [
                "type": "letta", "file_id": "file-00000000-0000-4000-8000-000000000417",
                "media_type": "image/png",
                "data": "iVBORw0KGgo=", "detail": nil,
            ],
        ]
        add(row("user", [Self.text("Look: \(subject)"), image]), sender: sender)
    }

    private mutating func add(_ row: JSONNode, sender: String? = nil, opens: Bool = false) {
        slots.append(slot(row, sender: sender, opens: opens))
    }

    private func slot(_ row: JSONNode, sender: String? = nil, opens: Bool) -> Score.Slot {
        // Holes are shorter than what fills them: about 60 bytes in an item.
        let short = rowBytes.map { $0 - listing(of: row, sender: sender).count - 90 } ?? 0
        let longer = padded(row, by: short)
        return Score.Slot(
            export: RowTemplate(Pretty.bytes(longer.bytes(), depth: Export.rowDepth)),
            listing: RowTemplate(listing(of: longer, sender: sender)),
            sender: sender, opensTurn: opens)
    }

    private func listing(of row: JSONNode, sender: String?) -> [UInt8] {
        let items = ListedItems(
            id: "message-\(RowTemplate.Hole.uuid.character)", date: String(RowTemplate.Hole.date.character),
            storedOTID: String(RowTemplate.Hole.storedOTID.character), senderID: sender, body: row,
            itemOTID: { String(RowTemplate.Hole.itemOTID($0).character) }, style: style)
        var bytes: [UInt8] = []
        for (place, item) in ((try? items.make()) ?? []).enumerated() {
            if place > 0 { bytes.append(0x2C) }
            item.write(into: &bytes)
        }
        return bytes
    }

    /// Longer by as much as the listed row falls short.
    private func padded(_ row: JSONNode, by short: Int) -> JSONNode {
        guard short > 0, row["role"]?.string != "tool", var parts = row["content"]?.elements else {
            return row
        }
        let isText = { (part: JSONNode) in part["text"]?.string.map { !$0.hasPrefix("{") } ?? false }
        guard let place = parts.lastIndex(where: isText) else {
            var longer = row
            longer["content"] = .array(parts + [Self.text(Self.filler(short - 330))])
            return row["role"]?.string == "assistant" ? longer : row
        }
        parts[place]["text"] = .string((parts[place]["text"]?.string ?? "") + Self.filler(short))
        var longer = row
        longer["content"] = .array(parts)
        return longer
    }

    private static func filler(_ count: Int) -> String {
        let line = " The tide turns at a quarter past tea."
        return String(String(repeating: line, count: max(0, count) / line.count + 1).prefix(max(0, count)))
    }

    // MARK: parts

    private func row(_ role: String, _ content: [JSONNode], model: Bool = false) -> JSONNode {
        var row = StoredRow.form(role: role, content: content, created: Self.time)
        row["id"] = .string("message-\(RowTemplate.Hole.place.character)")
        row["otid"] = .string(String(RowTemplate.Hole.otid.character))
        row["agent_id"] = "agent-0"
        if model { row["model"] = "gpt-4o-mini" }
        return row
    }

    private static func text(_ text: String) -> JSONNode {
        ["type": "text", "text": .string(text), "signature": nil]
    }

    private static func reasoning(_ text: String, signature: String? = nil) -> JSONNode {
        [
            "type": "reasoning", "is_native": true, "reasoning": .string(text),
            "signature": .optional(signature),
        ]
    }

    private static func redacted(_ data: String) -> JSONNode {
        ["type": "redacted_reasoning", "data": .string(data)]
    }

    private static func call(_ id: String, _ name: String, _ arguments: String) -> JSONNode {
        [
            "id": .string(id), "function": ["name": .string(name), "arguments": .string(arguments)],
            "type": "function",
        ]
    }
}

enum Phrases {
    static let subjects = [
        "the harbour", "a recipe for broa", "the late train", "two swallows", "the lighthouse at dusk",
        "an old radio", "海の天気", "ветер", "the polite C sharp", "Bolota and the metronome", "النفس الطويل",
        "a tin day", "hide glue", "the fourteenth of March", "Haruka's letter", "choir practice",
        "cork weather",
        "the soundboard crack", "a Graça hour", "the upright of 1925", "rain in Porto", "grandmother Inês",
        "a shim", "the river ferry",
    ]
}
