import Glibc

/// What is looked for, in bytes.
struct Needle: Sendable, Equatable {
    var subject: Mention.Subject
    var bytes: [UInt8]
    /// Looked for in code as well: the name of a key stands in all code that
    /// reads it.
    var isInCode = true

    init(_ subject: Mention.Subject, _ text: String) {
        self.subject = subject
        bytes = Array(text.utf8)
        if case .secretName = subject { isInCode = false }
    }
}

/// Finds needles in a text, line by line; a name that is part of a longer
/// one is not found.
enum NeedleSearch {
    static func lines(of text: [UInt8], _ needles: [Needle]) -> [(line: Int, subject: Mention.Subject)] {
        var found: [(line: Int, subject: Mention.Subject)] = []
        for needle in needles {
            var line = 1
            var counted = 0
            var last = 0
            for place in places(of: needle, in: text) {
                line += text[counted..<place].count { $0 == 0x0A }
                counted = place
                if line != last { found.append((line, needle.subject)) }
                last = line
            }
        }
        let others = otherAgents(text, needles)
        let withURL = Set(found.filter { $0.subject.kind == "url" }.map(\.line))
        found.removeAll { $0.subject.kind == "host" && withURL.contains($0.line) }
        return (found + others).sorted { ($0.line, $0.subject.kind) < ($1.line, $1.subject.kind) }
    }

    static func contains(_ text: [UInt8], _ needle: Needle) -> Bool { !places(of: needle, in: text).isEmpty }

    private static func places(of needle: Needle, in text: [UInt8]) -> [Int] {
        let first = needle.bytes.first.map(isNamePart) ?? false
        return starts(of: needle.bytes, in: text).filter { isWhole($0, needle.bytes.count, text, first) }
    }

    /// Every place where the bytes stand.
    static func starts(of wanted: [UInt8], in text: [UInt8]) -> [Int] {
        guard let first = wanted.first else { return [] }
        var found: [Int] = []
        text.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return }
            var start = 0
            while start + wanted.count <= all.count,
                let hit = memchr(base + start, Int32(first), all.count - start - wanted.count + 1)
            {
                let place = UnsafeRawPointer(hit) - base
                if memcmp(hit, wanted, wanted.count) == 0 { found.append(place) }
                start = place + 1
            }
        }
        return found
    }

    private static func isWhole(_ place: Int, _ count: Int, _ text: [UInt8], _ beginsAsName: Bool) -> Bool {
        let end = place + count
        if beginsAsName, place > 0, isNamePart(text[place - 1]) { return false }
        return end == text.count || !isNamePart(text[end])
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
        default: false
        }
    }

    // MARK: Agents that are nobody's

    private static let agent = Array("agent-".utf8)

    /// `agent-UUID` that is none of the needles.
    private static func otherAgents(_ text: [UInt8], _ needles: [Needle]) -> [(
        line: Int, subject: Mention.Subject
    )] {
        let known = Set(
            needles.compactMap { needle -> String? in
                if case .agentID(let id) = needle.subject { id } else { nil }
            })
        var found: [(line: Int, subject: Mention.Subject)] = []
        var line = 1
        var counted = 0
        for place in starts(of: agent, in: text) {
            guard let id = AgentText.id(in: text, at: place), !known.contains(id) else { continue }
            line += text[counted..<place].count { $0 == 0x0A }
            counted = place
            found.append((line, .otherAgentID(id)))
        }
        return found
    }
}

/// `agent-` and a UUID, and nothing else.
public enum AgentID {
    public static func isOne(_ text: String) -> Bool {
        text.hasPrefix("agent-") && AgentText.id(in: Array(text.utf8), at: 0) == text
    }
}

/// `agent-` and a UUID.
enum AgentText {
    static func id(in text: [UInt8], at place: Int) -> String? {
        let end = place + 6 + 36
        guard end <= text.count else { return nil }
        let id = text[(place + 6)..<end]
        let isUUID = id.enumerated().allSatisfy { index, byte in
            [8, 13, 18, 23].contains(index) ? byte == 0x2D : isHex(byte)
        }
        guard isUUID else { return nil }
        return String(decoding: text[place..<end], as: UTF8.self)
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
