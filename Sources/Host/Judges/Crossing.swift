import HTTP

/// What a browser finds wrong with one answer to a page of another origin.
///
/// Source: the Fetch standard's CORS check and preflight.
enum Crossing: Hashable {
    case redirected
    case duplicated([String])
    case refused(Int)
    case missing
    case unequal(String)
    case methodMissing
    case fieldMissing(String)

    /// Of a preflight; nil where the browser would go on.
    static func problem(ofPreflight answer: HTTPAnswer, from page: String, method: String) -> Crossing? {
        if (300..<400).contains(answer.status) { return .redirected }
        if let duplicated = duplicates(answer) { return .duplicated(duplicated) }
        guard (200..<300).contains(answer.status) else { return .refused(answer.status) }
        if let problem = problem(of: answer, from: page) { return problem }
        let isFree = method == "GET" || method == "POST"
        if !isFree, !allows(answer, "access-control-allow-methods", method) { return .methodMissing }
        // A star does not cover Authorization.
        let fields = ["authorization", "content-type"]
        let missing = fields.first { field in
            !list(answer, "access-control-allow-headers").contains { $0.lowercased() == field }
        }
        return missing.map { .fieldMissing($0) }
    }

    /// Of the answer itself.
    static func problem(of answer: HTTPAnswer, from page: String) -> Crossing? {
        if let duplicated = duplicates(answer) { return .duplicated(duplicated) }
        guard let allowed = answer.value("access-control-allow-origin"), !allowed.isEmpty else {
            return .missing
        }
        return allowed == page || allowed == "*" ? nil : .unequal(allowed)
    }

    /// Also one line with two values: a browser joins the lines.
    private static func duplicates(_ answer: HTTPAnswer) -> [String]? {
        let values = answer.values("access-control-allow-origin").flatMap {
            $0.split(separator: ",").map { String($0.trimmed) }
        }
        return values.count > 1 ? values : nil
    }

    private static func allows(_ answer: HTTPAnswer, _ name: String, _ wanted: String) -> Bool {
        list(answer, name).contains { $0 == wanted || $0 == "*" }
    }

    private static func list(_ answer: HTTPAnswer, _ name: String) -> [String] {
        answer.values(name).flatMap { $0.split(separator: ",").map { String($0.trimmed) } }
    }

    // MARK: the browser's words

    /// As the console shows it, without the address.
    func consoleText(methods: [String]) -> String {
        switch self {
        case .redirected: "Redirect is not allowed for a preflight request."
        case .duplicated(let values):
            "The 'Access-Control-Allow-Origin' header contains multiple values '\(values.joined(separator: ", "))', but only one is allowed."
        case .refused:
            "Response to preflight request doesn't pass access control check: It does not have HTTP ok status."
        case .missing: "No 'Access-Control-Allow-Origin' header is present on the requested resource."
        case .unequal(let value):
            "The 'Access-Control-Allow-Origin' header has a value '\(value)' that is not equal to the supplied origin."
        case .methodMissing:
            "Method \(methods.first ?? "PATCH") is not allowed by Access-Control-Allow-Methods in preflight response."
        case .fieldMissing(let field):
            "Request header field \(field) is not allowed by Access-Control-Allow-Headers in preflight response."
        }
    }

    /// What was seen.
    var sentence: String {
        switch self {
        case .redirected: "the preflight is redirected"
        case .duplicated(let values): "Access-Control-Allow-Origin is there \(values.count) times"
        case .refused(let status): "the preflight is answered \(status)"
        case .missing: "no Access-Control-Allow-Origin"
        case .unequal(let value): "Access-Control-Allow-Origin is \(value)"
        case .methodMissing: "Access-Control-Allow-Methods lacks them"
        case .fieldMissing(let field): "Access-Control-Allow-Headers lacks \(field)"
        }
    }
}
