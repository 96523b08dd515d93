import FoundationEssentials
import Testing

/// Text that was looked at once and has to stay.
///
/// `FERRY_RECORD=1` writes it anew; the test fails all the same, so that
/// nobody records by accident.
enum Golden {
    static func expect(_ text: String, named name: String, _ place: SourceLocation = #_sourceLocation) throws
    {
        let folder = #filePath.split(separator: "/Golden.swift").first ?? ""
        let path = "/\(folder.drop { $0 == "/" })/Golden/\(name)"
        let known = try? String(contentsOfFile: path, encoding: .utf8)
        if known != text, ProcessInfo.processInfo.environment["FERRY_RECORD"] == "1" {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(
            known == text, "not as in Golden/\(name); look at it and record with FERRY_RECORD=1",
            sourceLocation: place)
    }
}
