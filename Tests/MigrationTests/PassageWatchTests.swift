import Testing

@testable import Migration

@Suite struct PassageWatchTests {
    private var watch: PassageWatch { PassageWatch(expected: 100, now: 0, patience: 10, interval: 0.5) }

    @Test func `passages that are all there are read at once`() {
        var watch = watch
        #expect(watch.on(100, now: 0) == .read)
    }

    @Test func `a batch that arrives late is waited for`() {
        var watch = watch
        #expect(watch.on(0, now: 0) == .look(after: 0.5))
        #expect(watch.on(0, now: 9) == .look(after: 0.5))
        #expect(watch.on(60, now: 9.5) == .look(after: 0.5))
        #expect(watch.on(60, now: 19) == .look(after: 0.5))
        #expect(watch.on(100, now: 19.2) == .read)
    }

    @Test func `a batch that never arrives is waited for no longer than the patience`() {
        var watch = watch
        #expect(watch.on(40, now: 1) == .look(after: 0.5))
        #expect(watch.on(40, now: 11) == .read)
    }

    @Test func `a server that tells no number is given the same patience`() {
        var watch = watch
        #expect(watch.on(nil, now: 5) == .look(after: 0.5))
        #expect(watch.on(nil, now: 10) == .read)
    }
}
