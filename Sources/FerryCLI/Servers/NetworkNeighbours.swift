import HTTP
import HTTPCurl
import LettaModel
import Workers

/// The programs beside Letta, over the network.
struct NetworkNeighbours: Neighbours {
    private static let patience = Duration.seconds(5)

    func call(_ url: String) async -> NeighbourAnswer {
        await send(url, [HeaderField("Accept", "application/json, text/event-stream")])
    }

    func call(_ url: String, with token: Secret?) async -> NeighbourAnswer {
        let secret = token.map { [HeaderField("Authorization", "Bearer " + $0.reveal())] }
        return await send(url, [HeaderField("Accept", "application/json")] + (secret ?? []))
    }

    private func send(_ url: String, _ headers: [HeaderField]) async -> NeighbourAnswer {
        let request = Request(
            .get, url, headers: headers, effect: .read, timeout: Self.patience, usesFreshConnection: true)
        do {
            return try await withCurlExchange(
                CurlSettings(version: Version.number, connectTimeout: Self.patience)
            ) { .status(try await $0.send(request).status) }
        } catch let error as HTTPError {
            return .silent(Self.words(error))
        } catch {
            return .silent("\(error)")
        }
    }

    func ping(_ redis: RedisAddress) async -> NeighbourAnswer {
        let report = await CurlDialer().dial(
            Dial(
                host: redis.host, port: redis.port, layer: .plain, words: Array("*1\r\n$4\r\nPING\r\n".utf8),
                patience: Self.patience, isEnough: { $0.contains(0x0A) }))
        if let failure = report.failure { return .silent(Self.words(failure)) }
        let line = report.heard.prefix { $0 != 0x0D && $0 != 0x0A }.prefix(200)
        return line.isEmpty ? .silent("it says nothing") : .line(String(decoding: line, as: UTF8.self))
    }

    private static func words(_ error: HTTPError) -> String {
        switch error.code {
        case .connectionRefused: "the connection is refused"
        case .timedOut: "no answer in five seconds"
        case .nameNotFound: "its name is not found"
        default: error.detail
        }
    }
}
