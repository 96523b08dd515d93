public import Home
import LettaModel
import LosslessJSON

extension LettaServer {
    /// Agents and blocks by the run's tag, archives by their names. The
    /// server's own filters are not believed: a server that does not know one
    /// answers with everything.
    public func find(run: String) async throws -> [Found<Side>] {
        let abilities = try await abilities()
        var found = try await foundAgents(run)
        found += try await foundBlocks(run)
        if abilities.has("GET /v1/archives/") { found += try await foundArchives(run) }
        return found
    }

    private func foundAgents(_ run: String) async throws -> [Found<Side>] {
        try await agents(AgentQuery(tag: Marker.runTag(run), includesHidden: true)).compactMap { agent in
            marker(of: run, in: agent.tags + [agent.name]).map {
                Found(
                    kind: .agent, id: agent.id.raw, marker: $0, name: agent.name,
                    isReader: agent.tags.contains(Marker.runReaderTag(run)))
            }
        }
    }

    private func foundBlocks(_ run: String) async throws -> [Found<Side>] {
        let query = [QueryItem("tags", Marker.runTag(run))]
        return try await wire.all("/v1/blocks/", query: query, dropping: ["$[*].value"]).compactMap { block in
            guard let id = block["id"]?.string, let marker = marker(of: run, in: block.strings("tags")) else {
                return nil
            }
            return Found(
                kind: .block, id: id, marker: marker, name: block["label"]?.string ?? id, isReader: false)
        }
    }

    /// A page behind an archive that somebody removed meanwhile is a 404
    /// (0.16.8): then all are listed anew.
    private func foundArchives(_ run: String) async throws -> [Found<Side>] {
        for _ in 0..<2 {
            do { return try await listedArchives(run) } catch let failure as Failure
                where failure.code == .serverRefused && failure.reason.contains("404")
            { continue }
        }
        return try await listedArchives(run)
    }

    private func listedArchives(_ run: String) async throws -> [Found<Side>] {
        try await wire.all("/v1/archives/").compactMap { archive in
            guard let id = archive["id"]?.string, let name = archive["name"]?.string,
                let marker = marker(of: run, in: [name])
            else { return nil }
            return Found(kind: .archive, id: id, marker: marker, name: name, isReader: false)
        }
    }

    private func marker(of run: String, in texts: [String]) -> Marker? {
        texts.lazy.compactMap { Marker($0) }.first { $0.run == run }
    }
}
