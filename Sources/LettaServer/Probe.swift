import HTTP
public import Home
import LettaModel
import LosslessJSON

extension LettaServer {
    public func abilities() async throws -> Abilities {
        if let known = shared.abilities.value { return known }
        return try await shared.probing.pass {
            if let known = shared.abilities.value { return known }
            let found = try await Probe(wire: wire, isTarget: Side.name == TargetSide.name).abilities()
            shared.abilities.set(found)
            return found
        }
    }
}

/// Finds out what answers at an address, and what it can do.
struct Probe: Sendable {
    let wire: Wire
    let isTarget: Bool

    func abilities() async throws -> Abilities {
        let version = try await version()
        guard let text = try await openAPI() else {
            guard VersionTable.covers(version) else { throw unknown(version) }
            return try checked(VersionTable.abilities(version))
        }
        return try checked(OpenAPI(text.root, version: version).abilities())
    }

    // MARK: health

    private static let health = Call.get("/v1/health/")

    private func version() async throws -> String {
        let response = try await wire.exchange(Probe.health)
        guard (200..<300).contains(response.status) else {
            let refusal = await Refusal(response)
            if (300..<403).contains(refusal.status) { throw wire.errors.failure(Probe.health, refusal) }
            if refusal.status >= 500, !refusal.isHTML { throw wire.errors.failure(Probe.health, refusal) }
            throw await stranger("/v1/health/ answers \(refusal.status)")
        }
        let body = try await wire.reading(Probe.health) { try await response.body.collect(upTo: 1 << 20) }
        if Refusal.looksLikeHTML(body) { throw await stranger("/v1/health/ answers with a web page") }
        guard let root = try? JSONDocument(body).root, let version = root["version"]?.string else {
            throw await stranger("/v1/health/ names no version")
        }
        return version
    }

    /// What it is, if it is not a Letta server.
    private func stranger(_ evidence: String) async -> Failure {
        let call = Call.get("/readyz")
        if let response = try? await wire.exchange(call), (200..<300).contains(response.status),
            let body = try? await response.body.collect(upTo: 1 << 20), !Refusal.looksLikeHTML(body)
        {
            return wire.errors.make(
                .appServer, subject: wire.address.description,
                "this is a Letta Code app server: /readyz answers and \(evidence); it has no REST API for agents",
                "name a Letta server of the 0.12 to 0.16 line instead: \(wire.errors.addCommand)")
        }
        return wire.errors.make(
            .notLetta, subject: wire.address.description, "no Letta server answers here: \(evidence)",
            "check the address, and that no proxy or web page answers for it: \(wire.errors.addCommand)")
    }

    // MARK: openapi.json

    /// nil where the server (or a proxy before it) does not show it.
    private func openAPI() async throws -> JSONDocument? {
        let call = Call.get("/openapi.json")
        let response = try await wire.exchange(call)
        switch response.status {
        case 200..<300: break
        case 401, 403: throw await wire.refusal(response, to: call)
        case 500...: throw await wire.refusal(response, to: call)
        default: return nil
        }
        let body = try await wire.reading(call) { try await response.body.collect(upTo: 64 << 20) }
        guard let document = try? JSONDocument(body), document.root["paths"] != nil else { return nil }
        return document
    }

    // MARK: what must be there

    private func checked(_ found: Abilities) throws -> Abilities {
        let needed = Probe.reads + (isTarget ? Probe.writes : [])
        if let missing = needed.first(where: { !found.has($0) }) {
            throw abilityMissing("the route \(missing)", found)
        }
        if isTarget,
            let field = ["file", "append_copy_suffix", "override_existing_tools"].first(where: {
                !found.importFields.contains($0)
            })
        {
            throw abilityMissing("the form field \(field) of POST /v1/agents/import", found)
        }
        return found
    }

    private func abilityMissing(_ what: String, _ found: Abilities) -> Failure {
        wire.errors.make(
            .abilityMissing, subject: "\(wire.address) (version \(found.version))",
            "this server lacks \(what)",
            "use a server from 0.12 to 0.16.8: ferry servers add NAME --url URL")
    }

    private func unknown(_ version: String) -> Failure {
        wire.errors.make(
            .abilityMissing, subject: "\(wire.address) (version \(version))",
            "this version is unknown, and the server does not show what it can do (/openapi.json)",
            "let /openapi.json through the proxy, or use a server from 0.12 to 0.16.8: \(wire.errors.addCommand)"
        )
    }

    static let reads = [
        "GET /v1/agents/", "GET /v1/agents/{agent_id}", "GET /v1/agents/{agent_id}/messages",
        "GET /v1/agents/{agent_id}/export", "GET /v1/agents/{agent_id}/archival-memory",
        "GET /v1/agents/{agent_id}/core-memory/blocks", "GET /v1/agents/{agent_id}/tools",
    ]
    static let writes = [
        "POST /v1/agents/import", "PATCH /v1/agents/{agent_id}", "DELETE /v1/agents/{agent_id}",
        "GET /v1/blocks/",
        "DELETE /v1/blocks/{block_id}",
    ]
}

extension Abilities {
    /// - Parameter route: `GET /v1/agents/{agent_id}`; what stands in the
    ///   braces does not matter.
    func has(_ route: String) -> Bool {
        routes.contains(route) || normalizedRoutes.contains(Route.withoutNames(route))
    }

    private var normalizedRoutes: Set<String> { Set(routes.map(Route.withoutNames)) }
}
