/// One value that was replaced in a file.
public struct Rewrite: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case agentID = "agent-id"
        case serverURL = "server-url"
        case token
        case path
    }

    /// Relative to the tree.
    public var file: String
    /// 1 and up.
    public var line: Int
    /// The key before the value; empty where there is none.
    public var key: String
    public var kind: Kind
    /// As printed: a secret is its length.
    public var old: String
    public var new: String
}

/// A value of the old place, and what stands for it at the new one.
struct Replacement: Sendable, Equatable {
    let kind: Rewrite.Kind
    let old: String
    let new: String
}

/// Replaces values in the text of a file and changes no other byte, whatever
/// the file is: dotenv, unit, shell, JSON. So quotes, comments, line ends and
/// a byte order mark stay as they are, and a key that is set in three places
/// is right in all three.
struct TextRewriter: Sendable {
    /// Longest first: an id in a path is part of the path.
    private let replacements: [Replacement]
    /// Paths that stay as they are, relative to a tree: folders and files bear
    /// an id in their name, and nothing in a tree is renamed.
    private let kept: [[UInt8]]

    init(_ replacements: [Replacement], keeping kept: [String] = []) {
        self.kept = kept.filter { !$0.isEmpty }.map { Array($0.utf8) }
        self.replacements = replacements.filter { !$0.old.isEmpty && $0.old != $0.new }
            .sorted { ($0.old.utf8.count, $0.old) > ($1.old.utf8.count, $1.old) }
    }

    /// - Returns: nil where nothing is to be replaced, or the bytes are no text.
    func rewrite(_ bytes: [UInt8], file: String) -> (bytes: [UInt8], rewrites: [Rewrite])? {
        guard !bytes.prefix(8192).contains(0) else { return nil }
        var result: [UInt8] = []
        var rewrites: [Rewrite] = []
        var place = 0
        var line = 1
        var lineStart = 0
        while place < bytes.count {
            if let length = keptLength(at: place, in: bytes) {
                result += bytes[place..<place + length]
                place += length
                continue
            }
            if let found = replacement(at: place, in: bytes) {
                rewrites.append(
                    record(found, file, line, key: Self.key(before: bytes[lineStart..<place])))
                result += found.new.utf8
                place += found.old.utf8.count
                continue
            }
            result.append(bytes[place])
            if bytes[place] == 0x0A {
                line += 1
                lineStart = place + 1
            }
            place += 1
        }
        return rewrites.isEmpty ? nil : (result, rewrites)
    }

    /// One value by itself.
    func text(_ value: String) -> String {
        rewrite(Array(value.utf8), file: "").map { String(decoding: $0.bytes, as: UTF8.self) } ?? value
    }

    private func replacement(at place: Int, in bytes: [UInt8]) -> Replacement? {
        replacements.first { replacement in
            let old = replacement.old.utf8
            let end = place + old.count
            guard end <= bytes.count, bytes[place] == old.first, bytes[place..<end].elementsEqual(old) else {
                return false
            }
            let before = place > 0 ? bytes[place - 1] : nil
            let after = end < bytes.count ? bytes[end] : nil
            return Self.stands(replacement.kind, between: before, and: after)
        }
    }

    /// A path of the tree that begins here: at the beginning of a word, or
    /// behind `./` or one variable. `/v1/agents/agent-1` is none, and neither
    /// is an id alone, where a folder of that name lies at the top.
    private func keptLength(at place: Int, in bytes: [UInt8]) -> Int? {
        kept.lazy.compactMap { path -> Int? in
            let end = place + path.count
            guard end <= bytes.count, bytes[place] == path.first, bytes[place..<end].elementsEqual(path),
                !Self.isName(end < bytes.count ? bytes[end] : nil)
            else { return nil }
            let slash = UInt8(ascii: "/")
            let isPath =
                path.contains(slash) || end < bytes.count && bytes[end] == slash
                || place > 0 && bytes[place - 1] == slash
            return isPath && Self.beginsPath(bytes[..<place]) ? path.count : nil
        }.first
    }

    private static func beginsPath(_ before: ArraySlice<UInt8>) -> Bool {
        var word = before.suffix(256)
        if let last = word.lastIndex(where: { !isName($0) && !Array("/${}~".utf8).contains($0) }) {
            word = word[(last + 1)...]
        }
        guard word.last == UInt8(ascii: "/") else { return word.isEmpty }
        let head = String(decoding: word.dropLast(), as: UTF8.self)
        return head == "." || head.hasPrefix("$") && !head.contains("/")
    }

    /// `/opt/broca` is no part of `/opt/broca-old`, nor of `/mnt/opt/broca`.
    private static func stands(_ kind: Rewrite.Kind, between before: UInt8?, and after: UInt8?) -> Bool {
        switch kind {
        case .agentID: !isWord(before) && !isWord(after)
        case .token: !isWord(before) && !isWord(after)
        case .path: !isName(before) && !isName(after)
        case .serverURL: !isWord(before) && !isName(after) && after != 0x3A
        }
    }

    private static func isWord(_ byte: UInt8?) -> Bool {
        switch byte {
        case .some(0x30...0x39), .some(0x41...0x5A), .some(0x61...0x7A), .some(0x5F): true
        default: false
        }
    }

    private static func isName(_ byte: UInt8?) -> Bool { isWord(byte) || byte == 0x2D || byte == 0x2E }

    private func record(_ found: Replacement, _ file: String, _ line: Int, key: String) -> Rewrite {
        Rewrite(
            file: file, line: line, key: key, kind: found.kind, old: Rewrite.shown(found.old, found.kind),
            new: Rewrite.shown(found.new, found.kind))
    }

    /// The name before the last `=` or `:` of what stands on the line.
    private static func key(before text: ArraySlice<UInt8>) -> String {
        guard let mark = text.lastIndex(where: { $0 == 0x3D || $0 == 0x3A }) else { return "" }
        var name = text[..<mark]
        while let last = name.last, !isWord(last) { name.removeLast() }
        guard let start = name.lastIndex(where: { !isWord($0) && $0 != 0x2D }) else {
            return String(decoding: name, as: UTF8.self)
        }
        return String(decoding: name[(start + 1)...], as: UTF8.self)
    }
}
