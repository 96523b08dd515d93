import Home
import LettaModel
import LosslessJSON

let passageChecks: [ConformanceCheck] = [
    ConformanceCheck("lists every passage ascending, without embeddings") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let drafts = passageDrafts(120)
        _ = try await bench.fill(agent, with: drafts)
        let seen = try await bench.passages(of: agent, .listing)
        try claim(seen.count, is: drafts.count, "passages")
        for (passage, draft) in zip(seen, drafts) { try check(passage, against: draft) }
    },
    ConformanceCheck("finds the same passages by searching, and refuses another number") { bench in
        guard try await bench.source.abilities().searchesPassages else { return }
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        _ = try await bench.fill(agent, with: passageDrafts(40))
        let listed = try await bench.passages(of: agent, .listing)
        let searched = try await bench.passages(of: agent, .search(expected: 40))
        try claim(searched.map(\.id), is: listed.map(\.id), "ids")
        try claim(searched.map(\.createdAt), is: listed.map(\.createdAt), "times")
        for (one, other) in zip(searched, listed) {
            let (one, other) = (try JSONDocument(one.json).root, try JSONDocument(other.json).root)
            try claim(one["text"]?.string, is: other["text"]?.string, "text")
            let tags = Set(one["tags"]?.elements.compactMap(\.string) ?? [])
            try claim(tags, is: Set(other["tags"]?.elements.compactMap(\.string) ?? []), "tags")
        }
        try await claimFailure(.historyIncomplete, in: "a search for 41 of 40 passages") {
            _ = try await bench.passages(of: agent, .search(expected: 41))
        }
    },
    ConformanceCheck("lists no passages where there are none") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        try claim(try await bench.passages(of: agent, .listing).count, is: 0, "passages")
    },
    ConformanceCheck("takes a single passage by the agent's own route, and deletes it") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let archive = try await bench.fill(agent, with: passageDrafts(2))
        let late = PassageDraft(
            createdAt: "2026-09-01T00:00:00.000001+00:00",
            json: Array(
                "{\"text\":\"A late one.\",\"tags\":[\"late\"],\"created_at\":\"2026-09-01T00:00:00.000001+00:00\"}"
                    .utf8))
        _ = try await bench.target.perform(.insertPassage(late, to: agent.onTarget))
        let seen = try await bench.passages(of: agent, .listing)
        try claim(seen.count, is: 3, "passages")
        try claim(Instant(seen[2].createdAt), is: Instant(late.createdAt), "its time")
        try claim(try JSONDocument(seen[2].json).root["archive_id"]?.string, is: archive.raw, "its archive")
        _ = try await bench.target.perform(.deletePassage(ServerID(seen[2].id.raw), of: agent.onTarget))
        try claim(try await bench.passages(of: agent, .listing).count, is: 2, "passages left")
    },
    ConformanceCheck("deletes an archive with its passages") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let archive = try await bench.fill(agent, with: passageDrafts(3))
        _ = try await bench.target.perform(.deleteArchive(archive))
        try claim(try await bench.passages(of: agent, .listing).count, is: 0, "passages left")
        let found = try await bench.target.find(run: bench.marker.run)
        try claim(!found.contains { $0.kind == .archive }, "the archive is still there")
    },
]

private func check(_ passage: Passage<SourceSide>, against draft: PassageDraft) throws {
    let (seen, sent) = (try JSONDocument(passage.json).root, try JSONDocument(draft.json).root)
    try claim(seen["text"]?.string, is: sent["text"]?.string, "text")
    try claim(Instant(passage.createdAt), is: Instant(draft.createdAt), "time")
    let tags = Set(seen["tags"]?.elements.compactMap(\.string) ?? [])
    try claim(tags, is: Set(sent["tags"]?.elements.compactMap(\.string) ?? []), "tags")
    try claim(
        seen["metadata"].map { Canonical.bytes($0) }, is: sent["metadata"].map { Canonical.bytes($0) },
        "metadata")
    try claim(seen["embedding"] == nil, "the embedding is there")
}
