/// What a running job tells those who watch; rendered by the CLI only.
public enum ProgressEvent: Sendable, Equatable {
    /// A stage begins: `capture`, `plan`, `load`, `verify`.
    case stage(String)
    /// So many of so many; the total is nil while nobody knows it.
    case counted(String, done: Int, total: Int?)
    /// One line worth reading: an announcement, a retry, a wait.
    case note(String)
}

public typealias ProgressSink = @Sendable (ProgressEvent) -> Void
