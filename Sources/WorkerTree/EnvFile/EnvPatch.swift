import LettaModel

/// A change to one key of a dotenv file.
public enum EnvChange: Sendable, Equatable {
    /// The key gets this value wherever it stands; a key that is missing, or
    /// that dotenv would not see, gets a line at the end.
    case set(SettingValue)
    /// Each line that sets the key becomes a comment.
    case commentOut
}

extension EnvFile {
    /// The file with the changes and every other byte as it was: line ends,
    /// byte order mark, comments, order.
    ///
    /// - Parameter path: for the error only.
    /// **Errors**: `envValueRefused` where no spelling of a value means the
    /// same to dotenv, a shell and systemd.
    public func changed(_ changes: [String: EnvChange], path: String) throws -> [UInt8] {
        var edits: [Edit] = []
        for binding in bindings {
            guard let key = binding.key?.withoutByteOrderMark, let change = changes[key] else { continue }
            switch change {
            case .commentOut: edits += commented(binding)
            case .set(let value): edits += try spelled(value.text, binding, key, path)
            }
        }
        return try appendingMissing(changes, to: apply(edits), path)
    }

    private struct Edit {
        let range: Range<Int>
        let bytes: [UInt8]
    }

    private func apply(_ edits: [Edit]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64 * edits.count)
        var next = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            result += bytes[next..<edit.range.lowerBound] + edit.bytes
            next = edit.range.upperBound
        }
        return result + bytes[next...]
    }

    private func spelled(_ value: String, _ binding: Binding, _ key: String, _ path: String) throws -> [Edit]
    {
        if binding.value == value, EnvSpelling.isSettled(value) { return [] }
        let text = try EnvSpelling.of(value, like: binding.quote, key: key, path: path)
        if let place = binding.valueExtent { return [Edit(range: place, bytes: Array(text.utf8))] }
        let end = binding.extent.upperBound
        return [Edit(range: end..<end, bytes: Array("=\(text)".utf8))]
    }

    /// A `# ` before the line, and before each further line of a value of
    /// several lines.
    private func commented(_ binding: Binding) -> [Edit] {
        let mark = Array("# ".utf8)
        var start = binding.extent.lowerBound
        if start == 0, hasByteOrderMark { start = EnvFile.byteOrderMark.count }
        let starts =
            [start]
            + binding.extent.dropFirst().filter { place in
                bytes[place - 1] == 0x0A || (bytes[place - 1] == 0x0D && bytes[place] != 0x0A)
            }
        return starts.map { Edit(range: $0..<$0, bytes: mark) }
    }

    /// Looks at the result as dotenv would, and adds what it does not see.
    private func appendingMissing(
        _ changes: [String: EnvChange], to result: [UInt8], _ path: String
    ) throws -> [UInt8] {
        let seen = try EnvFile(result)
        var last: [String: String?] = [:]
        for binding in seen.bindings { if let key = binding.key { last[key] = .some(binding.value) } }
        var result = result
        for (key, change) in changes.sorted(by: { $0.key < $1.key }) {
            guard case .set(let value) = change, last[key] != .some(.some(value.text)) else { continue }
            let ending: [UInt8] = bytes.contains(0x0D) ? [0x0D, 0x0A] : [0x0A]
            if let end = result.last, end != 0x0A, end != 0x0D { result += ending }
            let text = try EnvSpelling.of(value.text, like: .none, key: key, path: path)
            result += Array("\(key)=\(text)".utf8) + ending
        }
        return result
    }
}

extension String {
    /// A byte order mark before the first key makes it another key.
    fileprivate var withoutByteOrderMark: String {
        unicodeScalars.first == "\u{FEFF}" ? String(unicodeScalars.dropFirst()) : self
    }
}

/// How a value is written so that dotenv, a shell that reads the file with
/// `.`, and systemd's `EnvironmentFile=` all read the same.
enum EnvSpelling {
    static func of(_ value: String, like old: EnvQuote, key: String, path: String) throws -> String {
        let order: [EnvQuote] = [old] + [.none, .single, .double].filter { $0 != old }
        guard let quote = order.first(where: { fits(value, $0) }) else { throw refused(key, path) }
        switch quote {
        case .none: return value
        case .single: return "'\(value)'"
        case .double: return "\"\(value)\""
        }
    }

    /// It needs no quotes at all, so a spelling that is there already is one
    /// that all readers agree on.
    static func isSettled(_ value: String) -> Bool { fits(value, .none) }

    private static func fits(_ value: String, _ quote: EnvQuote) -> Bool {
        let scalars = value.unicodeScalars
        switch quote {
        case .none:
            return scalars.allSatisfy(isPlain) && scalars.first != "~"
        case .single:
            // dotenv takes a backslash for an escape, and fills in `${`.
            return scalars.allSatisfy { isPrintable($0) && $0 != "'" && $0 != "\\" } && !expands(value)
        case .double:
            return scalars.allSatisfy { isPrintable($0) && !"\"\\$`!".unicodeScalars.contains($0) }
        }
    }

    private static func expands(_ value: String) -> Bool {
        zip(value.unicodeScalars, value.unicodeScalars.dropFirst()).contains { $0 == "$" && $1 == "{" }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: "_./:@%+,=-~^".unicodeScalars.contains(scalar)
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " "
            || scalar.properties.generalCategory != .control && !EnvText.isSpace(scalar)
                && scalar.value != 0xFEFF
    }

    private static func refused(_ key: String, _ path: String) -> Failure {
        Failure(
            .envValueRefused, subject: "\(key) in \(path)",
            reason: "no spelling of its new value means the same to dotenv, a shell and systemd",
            remedy: "choose a value without quotes, backslashes, `$` and line ends")
    }
}
