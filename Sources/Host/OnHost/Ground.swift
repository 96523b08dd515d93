/// The machine that a doctor stands on; read, never written.
public protocol Ground: Sendable {
    /// Files with an environment, and logs, that the user named.
    var envFiles: [String] { get }
    var logs: [String] { get }
    /// Nil where it cannot be read. **Bounds**: its first 8 MiB.
    func text(of path: String) -> String?
    /// Both streams of a command, and its exit code; nil where it is not
    /// installed or does not end in time.
    ///
    /// - Parameter environment: beside the own one; the place for a password,
    ///   which a command line never is.
    func output(of command: [String], environment: [String: String]) -> (status: Int, text: String)?
    /// Permission bits and the owner's number; nil where there is no file.
    func mode(of path: String) -> (bits: Int, owner: Int)?
    /// Whether a command is installed.
    func has(_ program: String) -> Bool
    /// Whether a folder can be listed.
    func lists(_ folder: String) -> Bool
    /// For others than root.
    func freeBytes(at path: String) -> Int?
    /// Without `.` and `..`; empty where it cannot be read.
    func names(in folder: String) -> [String]
    /// Which of the values stand in a file; nil where it cannot be read.
    /// **Bounds**: its last 64 MiB, in pieces.
    func places(of values: [[UInt8]], inFile path: String) -> Set<Int>?
    /// The same of what a command says.
    func places(of values: [[UInt8]], inOutputOf command: [String]) -> Set<Int>?
}

extension Ground {
    func output(of command: [String]) -> (status: Int, text: String)? {
        output(of: command, environment: [:])
    }
}
