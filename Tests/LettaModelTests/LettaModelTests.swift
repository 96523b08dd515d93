import LettaModel
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00+00:00", Int64(0)),
        ("2026-05-02T10:11:12.345678+00:00", 1_777_716_672_345_678),
        ("2026-05-02T12:11:12.345678+02:00", 1_777_716_672_345_678),
        ("2026-05-02T10:11:12.345678Z", 1_777_716_672_345_678),
        ("2026-05-02T10:11:12.345678", 1_777_716_672_345_678),
        ("2026-05-02 10:11:12.5", 1_777_716_672_500_000),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2000-02-29T00:00:00Z", 951_782_400_000_000),
    ])
    func `a date is read to the microsecond whatever its zone`(text: String, expected: Int64) {
        #expect(Instant(text)?.microseconds == expected)
    }

    @Test(arguments: [
        "", "yesterday", "2026-13-01T00:00:00Z", "2026-05-02", "2026-05-02T10:11:12.Z",
        "2026-05-02T10:11:12+x",
    ])
    func `what is no date is nil and never a wrong date`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test(
        arguments: Array(
            stride(from: Int64(-3_000_000_000_000_000), to: 5_000_000_000_000_000, by: 123_456_789_012_345)))
    func `writing and reading give the same instant`(microseconds: Int64) {
        let instant = Instant(microseconds: microseconds)
        #expect(Instant(instant.text) == instant)
    }
}

@Suite struct MarkerTests {
    @Test func `a marker reads back with its run and its attempt`() {
        let marker = Marker(run: "k3f9-x", attempt: 12)
        #expect(Marker(marker.description) == marker)
    }

    @Test(arguments: [
        "", "ferry", "ferry-", "ferry--1", "ferry-abc-x", "other-abc-1", "ferry-reader", "ferry-12",
    ])
    func `what is no marker is nil`(text: String) {
        #expect(Marker(text) == nil)
    }
}

@Suite struct SecretTests {
    @Test func `a secret prints its length and never its value`() {
        let secret = Secret("hunter2")
        #expect(!"\(secret)".contains("hunter2"))
        #expect(!String(reflecting: secret).contains("hunter2"))
        #expect(secret.reveal() == "hunter2")
    }
}

@Suite struct ContentDigestTests {
    @Test func `a digest survives its hexadecimal form`() {
        let digest = ContentDigest(bytes: (0..<32).map { UInt8($0 * 7 % 256) })
        #expect(ContentDigest(hex: digest.description) == digest)
        #expect(ContentDigest(hex: "zz") == nil)
    }
}
