extension Response {
    /// The whole body of an answer that says it is JSON, or says nothing.
    ///
    /// **Errors**: `HTTPError.notJSON` for any other type (a proxy's error
    /// page, say); `tooLarge` past the bound.
    public func jsonBytes(upTo bound: Int) async throws -> [UInt8] {
        let type = header("content-type")?.lowercased() ?? "application/json"
        let essence = type.prefix { $0 != ";" && $0 != " " }
        guard essence.hasSuffix("/json") || essence.hasSuffix("+json") else {
            throw HTTPError(
                .notJSON, detail: "status \(status) with \(essence) instead of JSON", mayHaveArrived: true)
        }
        return try await body.collect(upTo: bound)
    }
}
