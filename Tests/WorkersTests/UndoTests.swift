import Glibc
import Journal
import LettaModel
import LosslessJSON
import SQLite
import ScriptedLetta
import Testing

@testable import Workers

/// An undo takes back what the run made, and nothing that is newer.
@Suite(.serialized) struct UndoTests {
    private let anyway = WorkersUndoOrder(discardsNewer: true)

    @Test func `newer rows of the moved database are refused, and kept aside where a flag says so`()
        async throws
    {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        let path = scene.destination + "/broca/sanctum.db"
        try Database(path, .readWrite).run("INSERT INTO messages (role, message) VALUES ('user', 'newest')")
        await #expect {
            try await scene.with { try await $0.undo(run, $1.target) }
        } throws: {
            ($0 as? Failure)?.code == .workerChanged && "\($0)".contains("1 newer row of messages")
                && ($0 as? Failure)?.remedy.contains("--discard-newer") == true
        }
        #expect(FileKind.at(scene.destination) == .folder)
        #expect(scene.target.world.identities.all.count == 4)
        let undone = try await scene.with { try await $0.undo(run, $1.target, anyway) }
        let aside = "\(scene.destination).undone-\(run.id)"
        #expect(undone.left.isEmpty && undone.done.contains { $0.contains(aside) })
        #expect(FileKind.at(scene.destination) == nil)
        let kept = try Database(aside + "/broca/sanctum.db", .immutable)
        #expect(try kept.text("SELECT message FROM messages ORDER BY id DESC LIMIT 1") == "newest")
        #expect(scene.target.world.blocks.all.allSatisfy { $0.label != "human" })
    }

    @Test func `what a later run gave to its users stays, and is named`() async throws {
        let scene = try Scene()
        let first = try await scene.with { try await $0.move(scene.order(), $1).run }
        var order = scene.order()
        order.destination = scene.folder + "/second"
        let second = try await scene.with { [order] in try await $0.move(order, $1).run }
        let people = scene.target.world.identities.all.count
        let blocks = scene.target.world.blocks.all.count
        let undone = try await scene.with { try await $0.undo(first, $1.target) }
        #expect(undone.left.count { $0.contains(second.id.description) } > 0, "\(undone)")
        #expect(scene.target.world.identities.all.count == people)
        #expect(scene.target.world.blocks.all.count == blocks)
        #expect(FileKind.at(scene.destination) == nil)
        _ = try await scene.with { try await $0.undo(second, $1.target) }
    }

    @Test func `a user's block that was written to since is refused, and kept aside where a flag says so`()
        async throws
    {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        let block = try #require(scene.target.world.blocks.all.first { $0.label == "human" })
        scene.target.change { $0.blocks[block.id]?.fields["value"] = "learnt since" }
        await #expect {
            try await scene.with { try await $0.undo(run, $1.target) }
        } throws: { ($0 as? Failure)?.code == .undoWouldLose && "\($0)".contains(block.id) }
        #expect(FileKind.at(scene.destination) == .folder)
        // What an undo kept that was killed, and is repeated here.
        let earlier = "\(run.folder)/undone/block-earlier.json"
        try PrivateTree.makeFolder("\(run.folder)/undone")
        try PrivateTree.write(Array("kept before".utf8), to: earlier)
        _ = try await scene.with { try await $0.undo(run, $1.target, anyway) }
        #expect(try PrivateTree.read(earlier) == Array("kept before".utf8))
        let kept = try PrivateTree.read("\(run.folder)/undone/\(block.id).json")
        #expect(String(decoding: kept, as: UTF8.self).contains("learnt since"))
        #expect(scene.target.world.blocks[block.id] == nil)
    }

    @Test func `a block that an agent has attached stays, and is named`() async throws {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        let block = try #require(scene.target.world.blocks.all.first { $0.label == "human" })
        let agent = scene.newAgent
        scene.target.change { $0.agents[agent]?.blockIDs.append(block.id) }
        let undone = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(undone.left.contains { $0.contains(block.id) && $0.contains("attached") })
        #expect(scene.target.world.blocks[block.id] != nil)
    }

    @Test func `an identity that was changed since is refused, and kept aside where a flag says so`()
        async throws
    {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        let identity = try #require(scene.target.world.identities.all.first?.id)
        scene.target.change {
            $0.identities[identity]?.json["properties"] = [
                ["key": "birthday", "value": "may", "type": "string"]
            ]
        }
        await #expect {
            try await scene.with { try await $0.undo(run, $1.target) }
        } throws: { ($0 as? Failure)?.code == .undoWouldLose && "\($0)".contains(identity) }
        #expect(FileKind.at(scene.destination) == .folder)
        _ = try await scene.with { try await $0.undo(run, $1.target, anyway) }
        let kept = try PrivateTree.read("\(run.folder)/undone/\(identity).json")
        #expect(String(decoding: kept, as: UTF8.self).contains("birthday"))
        #expect(scene.target.world.identities.all.isEmpty)
    }

    @Test func `an identity that an agent has stays, and is named`() async throws {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        let identity = try #require(scene.target.world.identities.all.first?.id)
        let agent = scene.newAgent
        scene.target.change { $0.agents[agent]?.identityIDs.append(identity) }
        let undone = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(undone.left.contains { $0.contains(identity) && $0.contains(agent) })
        #expect(scene.target.world.identities.all.map { $0.id } == [identity])
        #expect(undone.done.contains("removed 3 identities"))
    }

    @Test func `what is gone already is not said to be removed`() async throws {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        try PrivateTree.remove(scene.destination)
        scene.target.change { world in
            for one in world.identities.all { world.identities[one.id] = nil }
        }
        let undone = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(undone.left.contains { $0.contains(scene.destination) })
        #expect(!undone.done.contains { $0.contains("identit") || $0.contains(scene.destination) })
    }

    @Test func `what came while it was looked at is kept`() async throws {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        let late = scene.destination + "/broca/late.txt"
        let undone = try await scene.with(
            interrupt: { point in
                if point == "intended target/unpublish" {
                    try PrivateTree.write(Array("late".utf8), to: late)
                }
            }
        ) { try await $0.undo(run, $1.target) }
        let aside = "\(scene.destination).undone-\(run.id)"
        #expect(try PrivateTree.read(aside + "/broca/late.txt") == Array("late".utf8))
        #expect(undone.done.contains { $0.contains(aside) } && FileKind.at(scene.destination) == nil)
    }

    @Test func `a removal that was killed in the middle is ended by the next undo`() async throws {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        await #expect(throws: StepBook.Killed.self) {
            try await scene.with(
                interrupt: { if $0 == "intended target/unpublish" { throw StepBook.Killed() } }
            ) { try await $0.undo(run, $1.target) }
        }
        let stage = "\(scene.destination).ferry-\(run.id)"
        #expect(rename(scene.destination, stage) == 0)
        try PrivateTree.remove(stage + "/broca/sanctum.db")
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(try FileKind.names(in: scene.folder + "/new").isEmpty)
    }

    @Test func `a source file that was changed since gets its token back and keeps the change`() async throws
    {
        let scene = try Scene()
        var order = scene.order()
        order.retires = true
        let retiring = order
        let run = try await scene.with { try await $0.move(retiring, $1).run }
        let env = scene.tree.broca + "/.env"
        try PrivateTree.replace(env, with: try PrivateTree.read(env) + Array("MINE=1\n".utf8))
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        let text = String(decoding: try PrivateTree.read(env), as: UTF8.self)
        #expect(text.contains("\nTELEGRAM_BOT_TOKEN=") && text.hasSuffix("MINE=1\n"))
        #expect(!text.contains("FERRY-RETIRED"))
        #expect(FileKind.at(scene.tree.root + "/FERRY-RETIRED") == nil)
    }

    @Test func `a folder whose workers run is not taken away`() async throws {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        let holder = popen("exec 3<'\(scene.destination)/broca/sanctum.db'; echo $$; exec sleep 300", "r")
        var line = [CChar](repeating: 0, count: 32)
        fgets(&line, 32, holder)
        defer {
            kill(pid_t(strtol(line, nil, 10)), SIGKILL)
            pclose(holder)
        }
        await #expect {
            try await scene.with { try await $0.undo(run, $1.target) }
        } throws: { ($0 as? Failure)?.code == .workerRunning && ($0 as? Failure)?.end == .target }
    }
}
