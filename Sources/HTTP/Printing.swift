extension HeaderField: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Whether the value must not be shown anywhere.
    public var isSecret: Bool { SecretNames.covers(name) }

    /// The value of a secret field is masked.
    public var description: String { "\(name): \(isSecret ? SecretNames.mask : value)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["field": description]) }
}

extension Request: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Method, address, header fields and the size of the body; secret values
    /// of header fields and of the query are masked.
    public var description: String {
        let fields = headers.map(\.description).joined(separator: ", ")
        return "\(method.rawValue) \(shownURL) [\(fields)] \(body.shape)"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }

    /// The address with secret values of its query masked.
    public var shownURL: String { url.maskingQuery }

    /// Path and query, secret values masked.
    public var shownPath: String {
        guard let scheme = url.firstRange(of: "://"),
            let path = url[scheme.upperBound...].firstIndex(where: { $0 == "/" || $0 == "?" })
        else { return "/" }
        return String(url[path...]).maskingQuery
    }
}

extension RequestBody {
    /// What kind, and how large where that is known.
    var shape: String {
        switch self {
        case .none: "no body"
        case .bytes(let bytes, let contentType): "\(bytes.count) bytes of \(contentType)"
        case .form(let parts): "a form of \(parts.count) parts"
        }
    }
}

private enum SecretNames {
    static let mask = "***"
    private static let parts = [
        "authorization", "cookie", "token", "secret", "password", "api-key", "apikey", "api_key", "signature",
        "credential", "x-amz-security",
    ]

    static func covers(_ name: some StringProtocol) -> Bool {
        let name = name.lowercased()
        return parts.contains { name.contains($0) }
    }
}

extension String {
    fileprivate var maskingQuery: String {
        guard let mark = firstIndex(of: "?") else { return self }
        let pairs = self[index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false)
        let shown = pairs.map { pair in
            guard let equals = pair.firstIndex(of: "="), SecretNames.covers(pair[..<equals]) else {
                return pair
            }
            return pair[...equals] + SecretNames.mask
        }
        return self[...mark] + shown.joined(separator: "&")
    }
}
