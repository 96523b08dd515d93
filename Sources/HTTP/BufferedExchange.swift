/// Waits for the whole of a short answer, so that one that breaks off fails
/// like one that never came, and can be repeated by a `RetryingExchange`
/// around it. What is longer than the bound streams on.
///
/// **Bounds**: holds up to `bound` bytes, and one chunk, an answer.
public struct BufferedExchange: Exchange {
    private let base: any Exchange
    private let bound: Int

    /// - Parameter bound: bytes of a body that are waited for.
    public init(_ base: any Exchange, bound: Int = 1 << 20) {
        self.base = base
        self.bound = bound
    }

    public func send(_ request: Request) async throws -> Response {
        let response = try await base.send(request)
        if let length = response.header("content-length").flatMap({ Int($0) }), length > bound {
            return response
        }
        var begun: [UInt8] = []
        while begun.count <= bound {
            guard let chunk = try await response.body.pull() else {
                return response.with(ResponseBody(begun))
            }
            begun.append(contentsOf: chunk)
        }
        return response.with(response.body.preceded(by: begun))
    }
}

extension Response {
    fileprivate func with(_ body: ResponseBody) -> Response {
        Response(status: status, headers: headers, body: body)
    }
}

extension ResponseBody {
    fileprivate func preceded(by bytes: [UInt8]) -> ResponseBody {
        let first = ResponseBody(bytes)
        return ResponseBody {
            if let chunk = try await first.pull() { return chunk }
            return try await pull()
        }
    }
}
