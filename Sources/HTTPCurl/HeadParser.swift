import HTTP

/// Header lines, as libcurl hands them over, to a head.
///
/// Interim answers (1xx) are skipped; trailers are ignored.
struct HeadParser {
    private var status = 0
    private var headers: [HeaderField] = []
    private(set) var isComplete = false

    /// Returns the head when this line is its last.
    mutating func read(_ line: UnsafeRawBufferPointer) -> ResponseHead? {
        guard !isComplete else { return nil }
        let text = line.trimmed
        if text.isEmpty { return end() }
        if let code = Self.statusCode(text) {
            status = code
            headers = []
        } else {
            readField(text, isFolded: line.first == 0x20 || line.first == 0x09)
        }
        return nil
    }

    private mutating func end() -> ResponseHead? {
        guard status >= 200 else { return nil }
        isComplete = true
        return ResponseHead(status: status, headers: headers)
    }

    private mutating func readField(_ text: Slice<UnsafeRawBufferPointer>, isFolded: Bool) {
        if isFolded, let last = headers.popLast() {
            headers.append(HeaderField(last.name, last.value + " " + String(decoding: text, as: UTF8.self)))
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let value = UnsafeRawBufferPointer(rebasing: text[(colon + 1)...]).trimmed
            headers.append(
                HeaderField(
                    String(decoding: text[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
    }

    private static func statusCode(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard text.starts(with: "HTTP/".utf8) else { return nil }
        let parts = text.split(separator: 0x20, maxSplits: 2)
        guard parts.count > 1 else { return nil }
        return Int(String(decoding: parts[1], as: UTF8.self))
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var trimmed: Slice<UnsafeRawBufferPointer> {
        var slice = self[...]
        while let first = slice.first, first.isBlank { slice.removeFirst() }
        while let last = slice.last, last.isBlank { slice.removeLast() }
        return slice
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
}
