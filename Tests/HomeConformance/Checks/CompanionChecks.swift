import Home
import LettaModel
import LosslessJSON

/// What programs beside an agent need of a place: identities, blocks that are
/// attached to nothing, the end of a history.
let companionChecks: [ConformanceCheck] = [
    ConformanceCheck("makes an identity once, and finds it by key and by id") { bench in
        let key = "\(bench.marker.run)_user"
        let wanted: JSONNode = [
            "identifier_key": .string(key), "name": "Haruka 🌸", "identity_type": "user",
            "properties": [["key": "origin", "value": "conformance", "type": "string"]],
        ]
        guard case .identity(let id) = try await bench.target.perform(.createIdentity(json: wanted.bytes()))
        else { throw NonConformance(description: "no identity was named") }
        do {
            try await claimFailure(.serverRefused, in: "a second identity of the key") {
                _ = try await bench.target.perform(.createIdentity(json: wanted.bytes()))
            }
            let found = try await bench.target.identities(key: key)
            try claim(found.map(\.id), is: [id], "identities of the key")
            let read = try await bench.source.identity(ServerID(id.raw))
            try claim(read?.name, is: "Haruka 🌸", "name")
            let json = try JSONDocument(read?.json ?? []).root
            try claim(json["identity_type"]?.string, is: "user", "type")
            try claim(json["properties"]?[0]?["value"]?.string, is: "conformance", "property")
            try claim(try await bench.target.identities(key: key + "x").isEmpty, "another key finds it")
        } catch {
            _ = try? await bench.target.perform(.deleteIdentity(id))
            throw error
        }
        for _ in 1...2 { _ = try await bench.target.perform(.deleteIdentity(id)) }
        try claim(try await bench.target.identity(id) == nil, "it is still there")
    },
    ConformanceCheck("has nothing of an id that nothing has") { bench in
        let identity = ServerID<IdentityKind, TargetSide>("identity-00000000-0000-4000-8000-000000000001")
        let block = ServerID<BlockKind, TargetSide>("block-00000000-0000-4000-8000-000000000001")
        try claim(try await bench.target.identity(identity) == nil, "an identity")
        try claim(try await bench.target.block(block) == nil, "a block")
        try claim(try await bench.target.block(ServerID("block-nonsense")) == nil, "a block of no id")
    },
    ConformanceCheck("keeps a block that is attached to nothing, with its metadata") { bench in
        let value = "{\"type\":\"human_core\",\"data\":{\"name\":\"𝒜da\"}}"
        let wanted: JSONNode = [
            "label": "human", "value": .string(value), "limit": 7000,
            "description": "One user.", "metadata": ["migrated_from": "block-old", "exact": .number("1.50")],
            "tags": .array(AgentPlan.tags(bench.marker).map { .string($0) }),
        ]
        guard case .block(let id) = try await bench.target.perform(.createBlock(json: wanted.bytes())) else {
            throw NonConformance(description: "no block was named")
        }
        let json = try JSONDocument(try await bench.source.block(ServerID(id.raw))?.json ?? []).root
        try claim(json["value"]?.string, is: value, "value")
        try claim(json["limit"]?.int, is: 7000, "limit")
        try claim(json["metadata"]?["migrated_from"]?.string, is: "block-old", "metadata")
        let tagged = try await bench.target.blocks(tagged: bench.marker.runTag)
        try claim(tagged.map(\.id), is: [id], "blocks of the run's tag")
        try claim(try await bench.target.blocks(tagged: bench.marker.runTag + "x").isEmpty, "other blocks")
    },
    ConformanceCheck("detaches a block and keeps it") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        guard
            let block = try await bench.target.blocks(of: agent.onTarget).first(where: { $0.label == "human" }
            )
        else { throw NonConformance(description: "no block") }
        _ = try await bench.target.perform(.detachBlock(block.id, from: agent.onTarget))
        let labels = try await bench.source.blocks(of: agent.onSource).map(\.label)
        try claim(!labels.contains("human"), "it is still attached")
        try claim(try await bench.target.block(block.id) != nil, "it is gone")
    },
    ConformanceCheck("lists its tool servers") { bench in _ = try await bench.target.toolServers() },
    ConformanceCheck("shows the newest rows, oldest of them first") { bench in
        let agent = try await bench.plant(AgentPlan(rows: bench.subject.rows, tools: 0))
        let all = try await bench.rows(of: agent).map(\.id)
        let newest = try await bench.source.newestRows(of: agent.onSource, limit: 12).map(\.id)
        try claim(newest, is: Array(all.suffix(newest.count)), "rows")
        try claim(newest.count >= 8, "only \(newest.count) rows came back")
        let more = try await bench.source.newestRows(of: agent.onSource, limit: 1000).map(\.id)
        try claim(more, is: all, "all rows")
    },
]
