import Home
import LettaModel
import WorkerTree

/// Whether a moved worker's own secrets are any: the new server is asked with
/// the worker's token, as the worker will ask it.
struct TokenFindings {
    let worker: Worker
    let neighbours: any Neighbours
    let server: HomeAddress

    /// - Parameter isHere: the worker speaks to this server; another one is
    ///   never sent its token.
    func findings(agent: String, isHere: Bool) async -> [WorkersFinding] {
        var found = worker.settings.filter { $0.value?.text == "<encrypted>" }.map { setting in
            WorkersFinding(
                .secrets, worker.name, isGood: false,
                "\(setting.key) is the word <encrypted>, which an export writes where a secret was",
                remedy: "set the value itself, then restart \(worker.name)")
        }
        let given = worker.kind.tokenKeys.lazy.compactMap { worker.setting($0) }
            .first { $0.value?.isEmpty == false }
        guard isHere, given?.value?.text != "<encrypted>" else { return found }
        found.append(await opens(agent, given))
        return found
    }

    private func opens(_ agent: String, _ given: Setting?) async -> WorkersFinding {
        let key = given?.key ?? worker.kind.tokenKeys[0]
        let url = "\(server.url)/v1/agents/\(agent)"
        guard given?.value?.text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) != false else {
            return WorkersFinding(
                .secrets, worker.name, isGood: false, "its \(key) has characters that no header can hold",
                remedy: "set \(key) to a token of \(server.name), then restart \(worker.name)")
        }
        switch await neighbours.call(url, with: given?.value.map { Secret($0.text) }) {
        case .status(let status) where [401, 403].contains(status):
            return WorkersFinding(
                .secrets, worker.name, isGood: false,
                given == nil
                    ? "\(server.name) wants a token, and nothing sets \(key)"
                    : "\(server.name) does not take its \(key)",
                remedy: "set \(key) to a token of \(server.name), then restart \(worker.name)")
        case .status(let status) where (200..<300).contains(status):
            return WorkersFinding(
                .secrets, worker.name, isGood: true,
                given == nil ? "\(server.name) asks for no token" : "\(server.name) takes its \(key)")
        case .status(let status): return unseen(key, "\(server.name) answers with \(status)")
        case .line(let words), .silent(let words): return unseen(key, words)
        }
    }

    private func unseen(_ key: String, _ why: String) -> WorkersFinding {
        .unseen(
            .secrets, worker.name, "its \(key) was not tried: \(why)",
            remedy: "call \(server.url)/v1/agents/ with it")
    }
}
