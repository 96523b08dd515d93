/// A dotenv file, read by the rules of python-dotenv 1.0.0, with which Broca
/// reads its settings. Keeps the bytes, so that a change touches nothing else.
///
/// **Bounds**: holds the file and an index of eight bytes a character.
public struct EnvFile: Sendable, Equatable {
    public let bytes: [UInt8]
    /// In the order of the file; what dotenv can't read is among them.
    public let bindings: [Binding]

    public struct Binding: Sendable, Equatable {
        /// nil for a comment, an empty line, a line that can't be read.
        public var key: String?
        /// Before `${…}` is filled in; nil for a key without `=`, which sets
        /// nothing, and takes back what an earlier line set.
        public var value: String?
        /// Counted from 1; the line of the key.
        public var line: Int
        public var isBroken: Bool
        /// From `export` or the key to the end of the value.
        public var extent: Range<Int>
        /// The value with its quotes; nil without `=`.
        public var valueExtent: Range<Int>?
        public var quote: EnvQuote
    }

    /// The file is not UTF-8, at which dotenv stops with an error.
    public struct NotUTF8: Error, Sendable, Equatable {
        public init() {}
    }

    public init(_ bytes: [UInt8]) throws {
        guard let text = EnvText(bytes) else { throw NotUTF8() }
        self.bytes = bytes
        var reader = EnvReader(text)
        bindings = reader.bindings()
    }

    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    public var hasByteOrderMark: Bool { bytes.starts(with: EnvFile.byteOrderMark) }

    public var hasCarriageReturns: Bool { bytes.contains(0x0D) }

    public var brokenLines: [Int] { bindings.filter(\.isBroken).map(\.line) }

    /// Keys in order, duplicates included.
    public var keys: [String] { bindings.compactMap(\.key) }

    /// Keys whose value names other variables.
    public var expanding: [String] {
        bindings.filter { $0.value.map(EnvExpansion.isNeeded) ?? false }.compactMap(\.key)
    }

    /// What the file sets, the last line of a key winning, with `${NAME}` and
    /// `${NAME:-default}` filled in from the environment, then from the file.
    public func values(in environment: [String: String] = [:]) -> [String: Value] {
        var found: [String: Value] = [:]
        var known: [String: String] = [:]
        for binding in bindings {
            guard let key = binding.key else { continue }
            guard let raw = binding.value else {
                found[key] = nil
                known[key] = nil
                continue
            }
            let text = EnvExpansion.fill(raw) { environment[$0] ?? known[$0] }
            known[key] = text
            found[key] = Value(text: text, line: binding.line)
        }
        return found
    }

    public struct Value: Sendable, Equatable {
        public var text: String
        public var line: Int
    }
}

/// How a value is written.
public enum EnvQuote: String, Sendable, Equatable {
    case none, single, double
}

/// `${NAME}` inside values; dotenv fills it in within any quotes.
enum EnvExpansion {
    static func isNeeded(_ value: String) -> Bool { fill(value) { _ in nil } != value }

    static func fill(_ value: String, _ lookUp: (String) -> String?) -> String {
        var result = String.UnicodeScalarView()
        var rest = value.unicodeScalars[...]
        while let first = rest.first {
            if first == "$", let (text, after) = variable(rest, lookUp) {
                result.append(contentsOf: text.unicodeScalars)
                rest = after
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return String(result)
    }

    /// `${name}` or `${name:-default}` at the start of the text.
    private static func variable(
        _ text: Substring.UnicodeScalarView, _ lookUp: (String) -> String?
    ) -> (String, Substring.UnicodeScalarView)? {
        guard text.dropFirst().first == "{" else { return nil }
        let inner = text.dropFirst(2)
        let name = inner.prefix { $0 != "}" && $0 != ":" }
        var after = inner[name.endIndex...]
        var fallback = ""
        if after.first == ":" {
            guard after.dropFirst().first == "-" else { return nil }
            let given = after.dropFirst(2).prefix { $0 != "}" }
            fallback = String(given)
            after = after[given.endIndex...]
        }
        guard after.first == "}" else { return nil }
        return (lookUp(String(name)) ?? fallback, after.dropFirst())
    }
}
