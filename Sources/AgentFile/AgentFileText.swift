import LettaModel
import LosslessJSON

/// The bytes of an agent file as the JSON text in them: told apart from what
/// is no agent file, and taken out of the string that some tools put it in.
///
/// **Bounds**: the first sixteen bytes, then nothing.
struct AgentFileText {
    private let name: String
    private var unwrapper: StringUnwrapper?
    /// The start of the file, until it can be told what it is.
    private var start: [UInt8]? = []
    private var read = 0
    private(set) var hasOrderMark = false

    /// - Parameter name: of the file, for failures.
    init(name: String) {
        self.name = name
    }

    /// The JSON text is the text of one JSON string.
    var isWrapped: Bool { unwrapper != nil }

    /// - Returns: the JSON text that the chunk completes.
    ///
    /// Throws `agent-file-unreadable`.
    mutating func feed(_ chunk: [UInt8]) throws -> [UInt8] {
        read += chunk.count
        guard let seen = start else { return try unwrapped(chunk) }
        start = seen + chunk
        return seen.count + chunk.count < 16 ? [] : try begin()
    }

    /// - Returns: what is left of the JSON text.
    mutating func finish() throws -> [UInt8] {
        let rest = try begin()
        do { try unwrapper?.finish() } catch { throw explaining(error) }
        return rest
    }

    private mutating func begin() throws -> [UInt8] {
        guard let bytes = start else { return [] }
        start = nil
        let kind = TextStart(bytes)
        if kind == .string { unwrapper = StringUnwrapper() }
        if let failure = SniffedFile.failure(kind, bytes, name: name) { throw failure }
        hasOrderMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        return try unwrapped(bytes)
    }

    private mutating func unwrapped(_ chunk: [UInt8]) throws -> [UInt8] {
        do { return try unwrapper?.feed(chunk) ?? chunk } catch { throw explaining(error) }
    }

    /// Says where the JSON breaks off or goes wrong.
    func explaining(_ error: JSONError) -> Failure {
        SniffedFile.failure(error, name: name, read: read)
    }
}
