/// A place that holds something which is true of the old host only.
public struct Mention: Sendable, Equatable, Hashable {
    public enum Subject: Sendable, Equatable, Hashable {
        case agentID(String)
        /// An agent id that is no worker's own.
        case otherAgentID(String)
        case url(String)
        /// `host` or, for loopback, `host:port`.
        case host(String)
        case home(String)
        /// The name of a secret, never its value.
        case secretName(String)

        public var kind: String {
            switch self {
            case .agentID: "agent-id"
            case .otherAgentID: "other-agent-id"
            case .url: "url"
            case .host: "host"
            case .home: "home"
            case .secretName: "secret-name"
            }
        }

        /// What was found, fit to be shown.
        public var text: String {
            switch self {
            case .agentID(let text), .otherAgentID(let text), .host(let text), .home(let text),
                .secretName(let text):
                text
            case .url(let text): ShownURL.shown(text)
            }
        }
    }

    public enum Place: Sendable, Equatable, Hashable {
        case line(path: String, Int)
        /// Where a link leads.
        case link(path: String)
        case column(path: String, table: String, column: String, row: Int)
        case process(pid: Int, key: String)

        public var path: String? {
            switch self {
            case .line(let path, _), .link(let path), .column(let path, _, _, _): path
            case .process: nil
            }
        }
    }

    public var subject: Subject
    public var place: Place

    public init(subject: Subject, place: Place) {
        self.subject = subject
        self.place = place
    }
}
