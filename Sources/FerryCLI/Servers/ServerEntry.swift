import LettaModel
import LettaServer
import LosslessJSON

/// One server of the user's config. Names where its token comes from, never
/// the token.
struct ServerEntry: Sendable, Equatable {
    let name: String
    let url: String
    var token: TokenSource?
    /// A PEM file with the authority of a private certificate.
    var caFile: String?
    /// Letta Cloud's project id.
    var project: String?

    /// As it may be printed: somebody may have written a password into the
    /// URL by hand.
    var shown: ServerEntry {
        ServerEntry(
            name: name, url: ServerURL.redacted(url), token: token, caFile: caFile, project: project)
    }

    var json: JSONNode {
        var node: JSONNode = [:]
        node["name"] = .string(name)
        node["url"] = .string(url)
        switch token {
        case .environment(let variable): node["token_env"] = .string(variable)
        case .file(let path): node["token_file"] = .string(path)
        case .command(let command): node["token_command"] = .string(command)
        case nil: break
        }
        node["ca_file"] = caFile.map { .string($0) }
        node["project"] = project.map { .string($0) }
        return node
    }

    init(name: String, url: String, token: TokenSource? = nil, caFile: String? = nil, project: String? = nil)
    {
        self.name = name
        self.url = url
        self.token = token
        self.caFile = caFile
        self.project = project
    }

    init?(_ value: JSONValue) {
        guard let name = value["name"]?.string, let url = value["url"]?.string else { return nil }
        let token =
            value["token_env"]?.string.map(TokenSource.environment)
            ?? value["token_file"]?.string.map(TokenSource.file)
            ?? value["token_command"]?.string.map(TokenSource.command)
        self.init(
            name: name, url: url, token: token, caFile: value["ca_file"]?.string,
            project: value["project"]?.string)
    }
}

/// Where a bearer token is found when it is needed.
enum TokenSource: Sendable, Equatable {
    /// A variable's name.
    case environment(String)
    /// A file that holds the token alone, or `PATH#KEY` for a line
    /// `KEY=token` of a `.env` file.
    case file(String)
    /// A shell command that prints the token.
    case command(String)

    var description: String {
        switch self {
        case .environment(let variable): "token from $\(variable)"
        case .file(let path): "token from the file \(path)"
        case .command: "token from a command"
        }
    }
}
