import Glibc
import Hashing
import LettaModel
import Testing

@Test(arguments: [0, 3, 256 * 1024, 600_001])
func `the digest of a file is that of its bytes`(size: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var template = Array("/tmp/ferry-digest-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    try #require(file >= 0)
    let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    defer { unlink(path) }
    #expect(bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == size)
    close(file)
    #expect(try ContentDigest.ofFile(path: path) == ContentDigest.ofBytes(bytes))
}

@Test func `a file that is not there is named`() {
    let failure = #expect(throws: Failure.self) { try ContentDigest.ofFile(path: "/nowhere/at all") }
    #expect(failure?.code == .fileUnreadable)
    #expect(failure?.subject == "/nowhere/at all")
    #expect(failure?.reason == "no such file or directory")
}

@Test func `a folder has no digest`() {
    #expect(throws: Failure.self) { try ContentDigest.ofFile(path: "/tmp") }
}
