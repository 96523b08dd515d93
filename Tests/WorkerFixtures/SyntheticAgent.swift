/// An agent as its workers know it: ids of a server, users, secrets. All of
/// it is made up.
public struct SyntheticAgent: Sendable {
    /// The folder's name in layout d.
    public var name: String
    public var id: String
    public var serverURL: String
    public var serverToken: String
    public var botToken: String
    public var users: [User]
    /// Rows of the queue, in its order; one of each state unless a test says so.
    public var queue = SyntheticDatabase.queue

    public struct User: Sendable, Equatable {
        public var name: String
        public var identityID: String?
        public var blockID: String?
        /// An orphan has none.
        public var hasProfile: Bool

        public init(name: String, identityID: String?, blockID: String?, hasProfile: Bool = true) {
            self.name = name
            self.identityID = identityID
            self.blockID = blockID
            self.hasProfile = hasProfile
        }
    }

    public init(name: String, number: Int, serverURL: String = "http://letta-old.lan:8283") {
        self.name = name
        id = "agent-" + Self.uuid(number, 0)
        self.serverURL = serverURL
        serverToken = "lt \(name)#'42'"
        botToken = "70\(number)0:AAF-\(name)-bot"
        users = Self.names.enumerated().map { index, userName in
            User(
                name: userName, identityID: "identity-" + Self.uuid(number, 100 + index),
                // One was never given a block.
                blockID: index == 4 ? nil : "block-" + Self.uuid(number, 200 + index))
        }
        users.append(
            User(
                name: "nobody", identityID: "identity-" + Self.uuid(number, 199),
                blockID: "block-" + Self.uuid(number, 299), hasProfile: false))
    }

    /// Twelve people, some beyond the first plane of Unicode.
    static let names = [
        "Ada", "Grace 🛰️", "Zoë", "Мария", "王小明", "𝔄𝔩𝔟𝔯𝔢𝔠𝔥𝔱", "O'Neil", "\"Quote\"", "é\u{301}", "👩‍🚀 Sally",
        "نور", "𐌰𐌱𐌲",
    ]

    public static func uuid(_ first: Int, _ second: Int) -> String {
        func hex(_ value: Int, _ width: Int) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(hex(0xA0A0_0000 + first, 8))-1111-4222-8333-\(hex(second + 1, 12))"
    }

    public static let ada = SyntheticAgent(name: "ada", number: 1)
    public static let bob = SyntheticAgent(name: "bob", number: 2)
}
