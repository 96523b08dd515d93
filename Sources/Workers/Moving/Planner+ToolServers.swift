import Home
import LettaModel
import WorkerTree

/// What the old agents' tools call, and whether the target can register it.
extension Planner {
    func addToolServers(to result: inout Result) async throws {
        let used = try await usedServers(&result)
        let there = try await target.toolServers()
        let paths = result.replacements.filter { $0.kind == .path }
        let advice = ToolServerAdvice(
            server: servers.targetName, url: target.address.url, paths: TextRewriter(paths),
            hasStdio: there.contains { $0.kind == "stdio" })
        result.plan.omissions += there.compactMap(advice.movedPath)
        guard let source = result.mapper.source, hasTools else { return }
        let names = Set(there.map(\.name))
        let before = try await source.toolServers()
        result.hadToolServers = !before.isEmpty
        for server in before where !names.contains(server.name) {
            guard used.contains(server.name) || advice.startsInTree(server) else { continue }
            if let url = server.url, ToolServerAddress.isRefused(url) {
                result.plan.refusals.append(
                    Refusals.toolServer(server.name, url: url, at: servers.targetName))
            } else {
                result.plan.omissions.append(advice.missing(server))
            }
        }
    }

    private var hasTools: Bool { view.inventory.workers.contains { $0.kind != .broca } }

    /// Names of the servers that the old agents' tools belong to.
    private func usedServers(_ result: inout Result) async throws -> Set<String> {
        guard let source = result.mapper.source else { return [] }
        var names: Set<String> = []
        for route in result.routes {
            do {
                let tools = try await source.tools(of: SourceID(route.old))
                result.tools[route.old] = tools.map(\.name).sorted()
                names.formUnion(tools.compactMap(ToolOrigin.server))
            } catch let failure as Failure where failure.code == .agentUnknown { continue }
        }
        return names
    }
}
