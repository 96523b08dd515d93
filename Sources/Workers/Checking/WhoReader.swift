import Home
import Journal
import LettaModel
import WorkerTree

/// Says of every worker of a tree whom it speaks to, and whether a move has
/// made another agent for it.
struct WhoReader: Sendable {
    let journal: RunJournal
    let target: any Home<TargetSide>
    let view: TreeView
    /// The tree's place on its machine, where it is no mirror of another's.
    let place: Place

    func read() async throws -> [WorkersWho] {
        var found: [WorkersWho] = []
        for worker in view.inventory.workers where worker.kind != .otto {
            found.append(try await who(worker))
        }
        return found
    }

    private func who(_ worker: Worker) async throws -> WorkersWho {
        let retired = FileKind.at("\(view.root)/\(Retirement.marker)") != nil
        var who = WorkersWho(
            worker: worker.name, kind: worker.kind.rawValue, codeFolder: worker.codeFolder,
            agent: worker.agentID, server: worker.serverURL.map(ShownURL.shown), standing: .none,
            isRetired: retired)
        let given = try await given(to: worker)
        who.otherAgents = try await others(worker, given?.run)
        if let given, given.agent != worker.agentID {
            who.standing = .another
            who.expected = given.agent
            who.run = given.run
            return who
        }
        let speaksHere = worker.serverURL.map { Self.root($0) == Self.root(target.address.url) } ?? false
        guard let agent = worker.agentID, !agent.isEmpty else {
            let isSet = worker.setting(worker.kind.serverKey).map { $0.origin != .builtIn } ?? false
            if isSet, worker.serverURL?.isEmpty == false, !speaksHere { who.standing = .otherServer }
            return who
        }
        let routes = AgentRoutes(journal: journal, server: target.address.url)
        if given == nil, let route = try await routes.moves(of: agent).first, route.new != agent {
            who.standing = .moved
            who.expected = route.new
            who.run = route.run?.description
            return who
        }
        who.run = try await routes.maker(of: agent)?.id.description ?? given?.run
        who.agentName = try await name(of: agent)
        who.standing =
            !speaksHere ? .otherServer : who.agentName == nil ? .gone : who.run == nil ? .unmoved : .right
        return who
    }

    /// But for those that the move which made the tree was told to bring.
    private func others(_ worker: Worker, _ run: String?) async throws -> [String] {
        let mine = view.inventory.otherAgents.filter { $0.codeFolders.contains(worker.codeFolder) }
        guard !mine.isEmpty else { return [] }
        let agreed = try await AgentRoutes(journal: journal, server: target.address.url)
            .agreed(run.flatMap { RunID($0) })
        return mine.filter { !agreed.contains(Omissions.id(of: $0, view)) }.map { other in
            let place = (view.relative(other.path) ?? other.path) + (other.line.map { ":\($0)" } ?? "")
            return "\(place) \(other.deed)"
        }
    }

    /// The agent that the newest finished move of workers gave to whatever
    /// stands at this worker's place: where several agents' workers lie side
    /// by side, one may have got another's id, which a move made as well.
    private func given(to worker: Worker) async throws -> (agent: String, run: String)? {
        guard let inside = view.relative(worker.codeFolder) else { return nil }
        let folder = inside.isEmpty ? place.path : "\(place.path)/\(inside)"
        for run in try await journal.runs() where run.draft.job == WorkersEngine.job {
            let made = Place(OrderCoding.decode(run.draft.choices).destination)
            guard run.status == .verified, made.host == place.host,
                let code = TreeStage.relative(folder, to: made.resolved.path)
            else { continue }
            let programs = try Expectation(json: PrivateTree.read("\(run.folder)/expected.json")).programs
            return programs.first { $0.codeFolder == code && $0.kind == worker.kind.rawValue }?.agent
                .map { ($0, run.id.description) }
        }
        return nil
    }

    private func name(of agent: String) async throws -> String? {
        do {
            return try await target.agent(TargetID(agent)).name
        } catch let failure as Failure where failure.code == .agentUnknown || failure.code == .serverRefused {
            return nil
        }
    }

    /// URLs are spelled in many ways.
    static func root(_ url: String) -> String {
        var url = url.lowercased()[...]
        while url.last == "/" { url.removeLast() }
        if url.hasSuffix("/v1") { url.removeLast(3) }
        while url.last == "/" { url.removeLast() }
        return String(url).replacing("://localhost", with: "://127.0.0.1")
    }
}

extension WorkersWho {
    /// However the URL is spelled; a worker without one speaks to nobody.
    public func speaks(toServer url: String) -> Bool {
        server.map { WhoReader.root($0) == WhoReader.root(url) } ?? false
    }
}
