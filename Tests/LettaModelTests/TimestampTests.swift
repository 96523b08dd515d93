import LettaModel
import Testing

struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("2026-11-21T00:16:07+00:00", "2026-11-21T00:16:07.000000Z"),
        ("2024-02-29T23:59:59.5", "2024-02-29T23:59:59.500000Z"),
        ("2000-12-31T23:30:00.123456-01:00", "2001-01-01T00:30:00.123456Z"),
        ("1969-12-31T23:59:59.000001Z", "1969-12-31T23:59:59.000001Z"),
    ])
    func `an instant is read and written in UTC`(text: String, written: String) {
        #expect(Timestamp(iso: text)?.description == written)
    }

    @Test(arguments: ["", "2026", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+0", "2026-01-01T00:00:00.Z"])
    func `what is no instant is refused`(text: String) {
        #expect(Timestamp(iso: text) == nil)
    }
}
