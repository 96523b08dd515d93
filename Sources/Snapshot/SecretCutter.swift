public import LettaModel
import LosslessJSON

/// Takes secret values out of a document before it is stored, and leaves a
/// marker that names each. Every other byte stays as it is. Pure.
///
/// Cuts: values of `secrets` and of environment variables (list and map
/// form), `auth_token`, a token in `auth_header`, values of `custom_headers`,
/// `env` of a stdio server, keys that speak of keys, tokens or passwords in
/// model, provider and MCP configs, user and secret query parts of URLs.
public struct SecretCutter: Sendable {
    public init() {}

    /// A document without its secret values.
    public struct Result: Sendable, Equatable {
        public let json: VerbatimJSON
        /// `secrets.OPENAI_KEY`, `files.auth_token`; in order of appearance.
        public let names: [String]
    }

    /// **Errors**: `answer-not-understood` for what is no JSON.
    public func cut(_ json: VerbatimJSON, of kind: DocumentKind) throws -> Result {
        let document: JSONDocument
        do {
            document = try JSONDocument(json)
        } catch {
            throw Failure(
                .answerNotUnderstood, subject: kind.name, reason: "what the server sent is no JSON",
                remedy: "run again with -v and report the answer", underlying: error.description)
        }
        var search = SecretSearch()
        search.look(at: document.root, within: SecretSearch.Place(of: kind))
        guard !search.cuts.isEmpty else { return Result(json: json, names: []) }
        return Result(json: Self.splice(json, search.cuts), names: search.cuts.map(\.name))
    }

    private static func splice(_ json: VerbatimJSON, _ cuts: [SecretSearch.Cut]) -> VerbatimJSON {
        var result: VerbatimJSON = []
        result.reserveCapacity(json.count)
        var end = json.startIndex
        for cut in cuts {
            result += json[end..<cut.range.lowerBound]
            result += cut.replacement
            end = cut.range.upperBound
        }
        return result + json[end...]
    }
}
