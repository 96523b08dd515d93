import HTTP
import Testing

@testable import Host

@Suite struct ReadingTests {
    @Test func `header lines are kept, duplicates too`() {
        let bytes = Array("HTTP/1.1 200 OK\r\nA: 1\r\na:  2 \r\nContent-Length: 2\r\n\r\nhi".utf8)
        #expect(HTTPAnswer(bytes)?.values("a") == ["1", "2"])
        #expect(HTTPAnswer(bytes)?.body == Array("hi".utf8))
        #expect(HTTPAnswer.isWhole(bytes))
        #expect(!HTTPAnswer.isWhole(Array(bytes.dropLast())))
    }

    @Test func `a 100 alone is an invitation, and one before an answer too`() {
        let invitation = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        #expect(HTTPAnswer(invitation)?.status == 100)
        #expect(HTTPAnswer(invitation)?.invitesBody == true)
        let both = HTTPAnswer(invitation + Array("HTTP/1.1 401 No\r\n\r\n".utf8))
        #expect(both?.status == 401)
        #expect(both?.invitesBody == true)
    }

    @Test func `chunks are joined`() {
        let head = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        let whole = head + Array("2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n".utf8)
        #expect(HTTPAnswer(whole)?.body == Array("abcde".utf8))
        #expect(HTTPAnswer.isWhole(whole))
        #expect(!HTTPAnswer.isWhole(head + Array("2\r\nab\r\n3\r\nc".utf8)))
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "garbage\r\n\r\n", "HTTP/1.1\r\n\r\n", "\u{15}\u{3}\u{1}"])
    func `what is no head is no answer`(text: String) {
        #expect(HTTPAnswer(Array(text.utf8)) == nil)
        #expect(!HTTPAnswer.isWhole(Array(text.utf8)))
    }

    @Test(arguments: [
        ("127.0.0.1", AddressSpace.loopback), ("10.1.2.3", .private), ("172.16.0.1", .private),
        ("172.32.0.1", .global), ("192.168.9.9", .private), ("100.64.0.1", .shared), ("100.128.0.1", .global),
        ("169.254.1.1", .linkLocal), ("8.8.8.8", .global), ("0.0.0.0", .unspecified), ("::1", .loopback),
        ("::", .unspecified), ("fd12::1", .private), ("fe80::1", .linkLocal), ("fec0::1", .global),
        ("2001:db8::1", .global), ("::ffff:127.0.0.1", .loopback), ("::ffff:192.168.0.1", .private),
    ])
    func `an address is of one space`(address: String, space: AddressSpace) {
        #expect(AddressSpace(address) == space)
    }

    @Test func `a certificate is read from its fields`() {
        let certificate = ServedCertificate(chain: [
            [
                HeaderField("Subject", "CN = a"), HeaderField("Issuer", "CN = b"),
                HeaderField("Expire date", "Feb  1 00:00:00 2020 GMT"),
                HeaderField("X509v3 Subject Alternative Name", "DNS:a.example, IP Address:127.0.0.1"),
            ]
        ])
        #expect(certificate?.expires == 1_580_515_200)
        #expect(certificate?.names == ["a.example", "127.0.0.1"])
        #expect(ServedCertificate(chain: []) == nil)
    }

    @Test(arguments: [
        (Heard.answer(HTTPAnswer(413)), BodySearch.Verdict.refused),
        (.answer(HTTPAnswer(100, invitesBody: true)), .fits), (.answer(HTTPAnswer(401)), .fits),
        (MadeUp.edge(400), .unclear("status 400")), (MadeUp.edge(502), .unclear("status 502")),
    ])
    func `what an edge says of a body is one of three`(heard: Heard, verdict: BodySearch.Verdict) {
        #expect(BodySearch.verdict(heard) == verdict)
    }
}
