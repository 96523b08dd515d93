import Synchronization

/// A value behind a lock.
///
/// `Mutex` alone would do, but its lock is taken inside a library that the
/// thread sanitizer does not see, so that each use is reported as a race. The
/// pair of atomic accesses lets the sanitizer check everything around it.
package struct Guarded<Value>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>
    private let order = Atomic<UInt8>(0)

    package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    package borrowing func withLock<Result>(_ body: (inout sending Value) -> sending Result) -> sending Result
    {
        mutex.withLock { value in
            _ = order.load(ordering: .acquiring)
            defer { order.store(0, ordering: .releasing) }
            return body(&value)
        }
    }
}
