import HTTP

/// Finds how large a body an edge takes, without sending one: the edge is
/// asked by `Expect: 100-continue`, and hung up on when it has said.
///
/// One question where the wanted size fits; two rounds more where it does
/// not. Source: nginx answers 413 before it reads a body or asks Letta.
struct BodySearch {
    let asker: Asker

    enum Verdict: Equatable {
        case fits, refused
        case unclear(String)
    }

    /// Limits that people write down, in MiB.
    static let usual = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1024]

    func limit(wanted: Int) async -> APISight.BodyLimit {
        switch await verdict(wanted) {
        case .fits: return .enough
        case .unclear(let seen): return .unclear(seen)
        case .refused: break
        }
        let asker = asker
        let sizes = Self.usual.map { $0 << 20 }.filter { $0 < wanted }
        let verdicts = await bounded(sizes) { await BodySearch(asker: asker).verdict($0) }
        let fits = zip(sizes, verdicts).filter { $0.1 == .fits }.map(\.0).max() ?? 0
        let above = sizes.first { $0 > fits } ?? wanted
        return .refused(fits: fits, above: await verdict(fits + 1) == .refused ? fits + 1 : above)
    }

    private func verdict(_ bytes: Int) async -> Verdict { Self.verdict(await asker.ask(.body(of: bytes))) }

    /// Letta itself sets no limit: what it answers instead of `100` is a yes.
    static func verdict(_ heard: Heard) -> Verdict {
        switch heard {
        case .answer(let answer) where answer.status == 413: .refused
        case .answer(let answer) where answer.invitesBody || answer.status == 401: .fits
        case .answer(let answer) where [400, 422].contains(answer.status) && !answer.isOfEdge: .fits
        case .answer(let answer): .unclear("status \(answer.status)")
        case .failed(let error): .unclear(error.detail)
        }
    }
}
