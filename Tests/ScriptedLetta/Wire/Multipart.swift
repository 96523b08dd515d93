import Glibc

/// The parts of a `multipart/form-data` body.
struct Multipart {
    struct Part {
        let name: String
        let fileName: String?
        let content: ArraySlice<UInt8>
    }

    let parts: [Part]

    /// nil where the body is not what its content type says.
    init?(_ body: [UInt8], contentType: String) {
        guard contentType.lowercased().hasPrefix("multipart/form-data"),
            let marker = Self.parameter("boundary", of: contentType)
        else { return nil }
        let delimiter = Array("\r\n--\(marker)".utf8)
        var parts: [Part] = []
        guard body.starts(with: delimiter.dropFirst(2)) else { return nil }
        var start = delimiter.count - 2
        while !body[start...].starts(with: [0x2D, 0x2D]) {
            guard let end = Self.find(delimiter, in: body, from: start),
                let part = Self.part(body[(start + 2)..<end])
            else { return nil }
            parts.append(part)
            start = end + delimiter.count
        }
        self.parts = parts
    }

    func text(_ name: String) -> String? {
        parts.last { $0.name == name && $0.fileName == nil }.map {
            String(decoding: $0.content, as: UTF8.self)
        }
    }

    func isTrue(_ name: String, else absent: Bool) -> Bool {
        text(name).map { ["true", "1", "yes", "on"].contains($0.lowercased()) } ?? absent
    }

    var file: [UInt8]? { parts.first { $0.name == "file" }.map { Array($0.content) } }

    private static func part(_ bytes: ArraySlice<UInt8>) -> Part? {
        guard let split = find(Array("\r\n\r\n".utf8), in: bytes, from: bytes.startIndex) else { return nil }
        let head = String(decoding: bytes[..<split], as: UTF8.self)
        guard let name = parameter("name", of: head) else { return nil }
        return Part(name: name, fileName: parameter("filename", of: head), content: bytes[(split + 4)...])
    }

    /// `name="value"` or `name=value` of a header.
    private static func parameter(_ name: String, of text: String) -> String? {
        for piece in text.split(whereSeparator: { $0 == ";" || $0 == "\r\n" }) {
            let trimmed = piece.drop { $0 == " " }
            guard trimmed.lowercased().hasPrefix(name + "=") else { continue }
            return String(trimmed.dropFirst(name.count + 1).filter { $0 != "\"" })
        }
        return nil
    }

    private static func find(_ wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        find(wanted, in: bytes[...], from: start)
    }

    private static func find(_ wanted: [UInt8], in bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        let found = bytes.withUnsafeBytes { place(of: wanted, in: $0, from: start - bytes.startIndex) }
        return found.map { $0 + bytes.startIndex }
    }

    private static func place(of wanted: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let first = wanted.first else { return nil }
        var place = start
        while place + wanted.count <= bytes.count {
            guard let hit = memchr(base + place, Int32(first), bytes.count - place) else { return nil }
            place = hit - UnsafeMutableRawPointer(mutating: base)
            guard place + wanted.count <= bytes.count else { return nil }
            if memcmp(hit, wanted, wanted.count) == 0 { return place }
            place += 1
        }
        return nil
    }
}
