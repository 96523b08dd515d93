import Testing

@testable import Migration

@Suite struct ImportReconcilerTests {
    private let whole = ImportReconciler.Sighting(agentID: "agent-1", rows: 100, inContext: 10)
    private let half = ImportReconciler.Sighting(agentID: "agent-1", rows: 0, inContext: 0)

    private func reconciler() -> ImportReconciler {
        ImportReconciler(expected: .init(rows: 100, inContext: 10), now: 0, patience: 20, interval: 0.25)
    }

    @Test func `a complete agent is adopted at first sight`() {
        var reconciler = reconciler()
        #expect(reconciler.on(.seen(whole), now: 0) == .adopt("agent-1"))
    }

    @Test func `an agent that is still being filled is looked at again and then adopted`() {
        var reconciler = reconciler()
        #expect(reconciler.on(.absent, now: 0) == .look(after: 0.25))
        #expect(reconciler.on(.seen(half), now: 1) == .look(after: 0.25))
        #expect(reconciler.on(.seen(whole), now: 9.8) == .adopt("agent-1"))
    }

    @Test func `nothing in sight is given up only after the patience has run out`() {
        var reconciler = reconciler()
        #expect(reconciler.on(.absent, now: 19) == .look(after: 0.25))
        #expect(reconciler.on(.absent, now: 21) == .abandon([]))
    }

    @Test func `each change starts the patience anew`() {
        var reconciler = reconciler()
        _ = reconciler.on(.absent, now: 0)
        #expect(reconciler.on(.seen(half), now: 19) == .look(after: 0.25))
        #expect(reconciler.on(.seen(half), now: 38) == .look(after: 0.25))
        #expect(reconciler.on(.seen(half), now: 40) == .abandon(["agent-1"]))
    }

    @Test(arguments: [(99, 10), (100, 9), (101, 10), (100, 11)])
    func `an agent with another number of rows is never adopted`(rows: Int, inContext: Int) {
        var reconciler = reconciler()
        let other = ImportReconciler.Sighting(agentID: "agent-1", rows: rows, inContext: inContext)
        #expect(reconciler.on(.seen(other), now: 0) == .look(after: 0.25))
        #expect(reconciler.on(.seen(other), now: 21) == .abandon(["agent-1"]))
    }

    @Test func `an upload that was delivered twice is removed as a whole`() {
        var reconciler = reconciler()
        let twin = ImportReconciler.Sighting(agentID: "agent-2", rows: 100, inContext: 10)
        #expect(reconciler.on(.several([whole, twin]), now: 0) == .look(after: 0.25))
        #expect(reconciler.on(.several([whole, twin]), now: 21) == .abandon(["agent-1", "agent-2"]))
    }

    @Test func `a big import is given more time since its rows come all at once`() {
        var big = ImportReconciler(expected: .init(rows: 40_000, inContext: 10), now: 0)
        #expect(big.on(.absent, now: 60) == .look(after: 0.25))
    }
}
