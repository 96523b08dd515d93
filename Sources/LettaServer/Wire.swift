import HTTP
import Home
import LettaModel
import LosslessJSON

/// Sends calls to one server, and turns everything that is not the answer
/// asked for into a `Failure`.
struct Wire: Sendable {
    let address: HomeAddress
    let token: Secret?
    let end: Failure.End?
    let exchange: any Exchange

    /// Of an answer that is read whole; histories are streamed.
    static let bound = 256 << 20

    /// The answer, whatever its status.
    func exchange(_ call: Call) async throws -> Response {
        do {
            return try await exchange.send(request(call))
        } catch let error as HTTPError {
            throw failure(error, in: call)
        }
    }

    /// The answer, if its status is 2xx.
    func send(_ call: Call) async throws -> Response {
        let response = try await exchange(call)
        guard (200..<300).contains(response.status) else { throw await refusal(response, to: call) }
        return response
    }

    func json(_ call: Call) async throws -> JSONValue {
        try document(try await bytes(call), in: call)
    }

    func bytes(_ call: Call) async throws -> [UInt8] {
        try await replayed(call) { response in
            guard (200..<300).contains(response.status) else { throw await refusal(response, to: call) }
            return try await response.body.collect(upTo: Wire.bound)
        }
    }

    /// What the answer's arrays held, picked while it arrives; the rest of
    /// the document, and the answer's size.
    struct Streamed<Item> {
        var items: [Item] = []
        var rest: [UInt8] = []
        var size = 0
    }

    func stream<Item>(
        _ call: Call, paths: [JSONPath], dropping: [JSONPath] = [], _ pick: (JSONElement) throws -> Item?
    ) async throws -> Streamed<Item> {
        try await replayed(call) { response in
            guard (200..<300).contains(response.status) else { throw await refusal(response, to: call) }
            var found = Streamed<Item>()
            (found.rest, found.size) = try await Wire.split(response.body, paths: paths, dropping: dropping) {
                if let item = try pick($0) { found.items.append(item) }
            }
            return found
        }
    }

    /// Sends a call and reads its answer; a read whose answer broke off is
    /// sent again, since a decorator that repeats requests cannot take back
    /// what was read of a body.
    func replayed<Value>(_ call: Call, _ read: (Response) async throws -> Value) async throws -> Value {
        var replays = call.isRead ? 2 : 0
        while true {
            let response = try await exchange(call)
            do {
                return try await reading(call) { try await read(response) }
            } catch let failure as Failure where replays > 0 && failure.isBrokenAnswer {
                replays -= 1
            }
        }
    }

    static func split(
        _ body: ResponseBody, paths: [JSONPath], dropping: [JSONPath], _ emit: (JSONElement) throws -> Void
    ) async throws -> (rest: [UInt8], size: Int) {
        var splitter = JSONSplitter(streaming: paths, dropping: dropping)
        var size = 0
        for try await chunk in body {
            size += chunk.count
            try splitter.feed(chunk, emit)
        }
        return (try splitter.finish(), size)
    }

    /// Reads to the end and forgets.
    func drain(_ response: Response, of call: Call) async throws {
        try await reading(call) { for try await _ in response.body {} }
    }

    /// Runs a read of a body; its errors become failures of the call.
    func reading<Value>(_ call: Call, _ read: () async throws -> Value) async throws -> Value {
        do {
            return try await read()
        } catch let error as HTTPError {
            throw failure(error, in: call, headArrived: true)
        } catch let error as JSONError {
            throw errors.notUnderstood(call, "its answer is not the JSON that was expected (\(error))")
        }
    }

    func document(_ bytes: [UInt8], in call: Call) throws -> JSONValue {
        do {
            return try JSONDocument(bytes).root
        } catch {
            throw errors.notUnderstood(call, "its answer is not JSON (\(error))")
        }
    }

    /// The failure that an answer of another status than 2xx is.
    func refusal(_ response: Response, to call: Call) async -> any Error {
        errors.failure(call, await Refusal(response))
    }

    func failure(_ error: HTTPError, in call: Call, headArrived: Bool = false) -> any Error {
        errors.failure(call, error, headArrived: headArrived)
    }

    var errors: ErrorMapping { ErrorMapping(address: address, end: end, token: token) }

    func request(_ call: Call) -> Request {
        let query = call.query.isEmpty ? "" : "?" + QueryItem.text(call.query)
        return Request(
            call.method, address.url + call.route.path + query, headers: headers, body: call.body,
            effect: call.effect, timeout: call.timeout, stall: call.stall,
            usesFreshConnection: call.usesFreshConnection)
    }

    private var headers: [HeaderField] {
        var fields = [HeaderField("Accept", "application/json")]
        if let token, !token.isEmpty {
            fields.append(HeaderField("Authorization", "Bearer " + token.reveal()))
        }
        if let project = address.project {
            fields.append(HeaderField(project.hasPrefix("project-") ? "X-Project-Id" : "X-Project", project))
        }
        return fields
    }
}

extension Failure {
    fileprivate var isBrokenAnswer: Bool { code == .connectionLost || code == .timedOut }
}
