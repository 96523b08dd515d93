import ScriptedLetta
import WorkerFixtures

/// What stands where the runbook's example addresses do: the old server with
/// Ada and her Broca's users, an empty new one, a tree whose environment lies
/// above it, and programs that stand in for others.
struct RunbookScene {
    let old: ScriptedServer
    let new: ScriptedServer
    let tree: SyntheticTree
    /// First in the PATH.
    let programs: String

    /// - Parameter folder: where the tree of her workers is made.
    init(in folder: String) throws {
        var world = World.ada(rows: 30, passages: 6, inContext: 8, tools: 2, name: "Ada")
        var owner = SyntheticAgent(name: "ada", number: 1)
        owner.id = world.agents.all.first?.id ?? ""
        // Nothing that a move leaves behind, and no block that is in the way of Broca's own.
        let humans = Set(world.blocks.all.filter { $0.label == "human" }.map(\.id))
        world.agents[owner.id]?.identityIDs = []
        world.agents[owner.id]?.secrets = []
        world.agents[owner.id]?.blockIDs.removeAll { humans.contains($0) }
        let own = world.agents[owner.id]?.blockIDs ?? []
        for place in owner.users.indices {
            let user = owner.users[place]
            owner.users[place].identityID = world.addIdentity(key: "broca_user_\(place)", name: user.name)
            guard user.blockID != nil else { continue }
            owner.users[place].blockID = world.attachBlock(
                World.block("human", "\(user.name) likes \(place)"), to: owner.id)
        }
        world.agents[owner.id]?.blockIDs = own
        old = try ScriptedServer(world, token: "the-old-password")
        new = try Servers.start("empty", ["ade": "yes"], token: "the-new-password")
        owner.serverURL = old.url
        tree = try SyntheticTree(.d, home: folder, agents: [owner])
        programs = folder + "/programs"
        // It does not leave its machine.
        try Disk.write(
            programs + "/ssh",
            "#!/bin/sh\nwhile [ \"$1\" = -o ] || [ \"$1\" = -l ]; do shift 2; done\nshift\nexec sh -c \"$*\"\n",
            mode: 0o755)
        // It makes nobody root.
        try Disk.write(
            programs + "/sudo",
            "#!/bin/sh\nwhile [ \"${1#--}\" != \"$1\" ]; do shift; done\nexec \"$@\"\n", mode: 0o755)
    }

    /// What the pages' addresses become.
    var addresses: [String: String] {
        [
            "https://letta.old.example": old.url, "https://letta.example.org": new.url,
            "/opt/sanctum/agents/ada": tree.root + "/agents/ada",
        ]
    }

    /// How many agents each of the two has now.
    var agents: (old: Int, new: Int) { (old.world.agents.all.count, new.world.agents.all.count) }

    func stop() {
        old.stop()
        new.stop()
    }
}
