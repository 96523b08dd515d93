/// A user of Broca, as the tables `letta_users` and `platform_profiles` know
/// them.
public struct ChatUser: Sendable, Equatable {
    public struct Profile: Sendable, Equatable {
        public var platform: String
        public var platformUserID: String
        public var username: String?
        public var displayName: String?

        public init(
            platform: String, platformUserID: String, username: String? = nil, displayName: String? = nil
        ) {
            self.platform = platform
            self.platformUserID = platformUserID
            self.username = username
            self.displayName = displayName
        }
    }

    public var id: Int64
    public var identityID: String?
    public var blockID: String?
    public var profiles: [Profile]

    public init(id: Int64, identityID: String?, blockID: String?, profiles: [Profile]) {
        self.id = id
        self.identityID = identityID
        self.blockID = blockID
        self.profiles = profiles
    }

    /// The web-chat plugin makes a user for every message; those that no
    /// profile names are nobody's, and are left as they are.
    public var isOrphan: Bool { profiles.isEmpty }

    /// What a person would call them.
    public var name: String {
        let profile = profiles.first
        let named = [profile?.displayName, profile?.username, profile?.platformUserID]
        return named.compactMap { $0 }.first { !$0.isEmpty } ?? "user \(id)"
    }

    /// The key of an identity that has to be made from the profile alone; the
    /// same at each try.
    var rebuiltKey: String {
        profiles.first.map { "ferry_\($0.platform)_\($0.platformUserID)" } ?? "ferry_user_\(id)"
    }
}

/// What of the server's things Broca's users need, each once.
public struct UserNeeds: Sendable, Equatable {
    /// Old id -> the first user that has it.
    public private(set) var identities: [(id: String, user: ChatUser)] = []
    public private(set) var blocks: [(id: String, user: ChatUser)] = []
    public private(set) var orphans = 0
    public private(set) var usersWithoutBlock = 0

    public init(_ users: [ChatUser]) {
        var seen: Set<String> = []
        for user in users {
            if user.isOrphan {
                orphans += 1
                continue
            }
            if let id = user.identityID, !id.isEmpty, seen.insert(id).inserted {
                identities.append((id, user))
            }
            guard let id = user.blockID, !id.isEmpty else {
                usersWithoutBlock += 1
                continue
            }
            if seen.insert(id).inserted { blocks.append((id, user)) }
        }
    }

    public static func == (one: UserNeeds, other: UserNeeds) -> Bool {
        one.identities.map(\.id) == other.identities.map(\.id)
            && one.blocks.map(\.id) == other.blocks.map(\.id)
            && one.orphans == other.orphans && one.usersWithoutBlock == other.usersWithoutBlock
    }
}

/// Where an old id leads on the target.
public enum UserThing: String, Sendable {
    /// The target has the very thing under its old id.
    case same
    /// A run before made it, or the target had one of the same key.
    case found
    /// To be made as the source has it.
    case create
    /// To be made from the profile alone: the source shows it no more.
    case rebuild
}
