import LettaModel
import LosslessJSON

/// An agent file that goes by: the elements of some of its lists one by one,
/// the rest at the end.
///
/// **Bounds**: one element, and what is in none of the lists.
struct AgentFileStream {
    private var text: AgentFileText
    private var splitter: JSONSplitter

    /// - Parameters:
    ///   - name: of the file, for failures.
    ///   - streaming, dropping: as `JSONSplitter` has them.
    init(name: String, streaming: [JSONPath], dropping: [JSONPath] = []) {
        text = AgentFileText(name: name)
        splitter = JSONSplitter(streaming: streaming, dropping: dropping)
    }

    var hasOrderMark: Bool { text.hasOrderMark }
    var isWrapped: Bool { text.isWrapped }

    /// An element, and the line on which it begins: nil where the JSON lies
    /// inside a JSON string, which has none.
    typealias Emit = (_ element: JSONElement, _ line: Int?) throws -> Void

    /// Throws `agent-file-unreadable`, and what `emit` throws.
    mutating func feed(_ chunk: [UInt8], _ emit: Emit) throws {
        try explained { stream in try stream.pass(try stream.text.feed(chunk), emit) }
    }

    /// - Returns: the file without the elements that were handed out.
    ///
    /// Throws `agent-file-unreadable`, and what `emit` throws.
    mutating func finish(_ emit: Emit) throws -> JSONDocument {
        try explained { stream in
            try stream.pass(try stream.text.finish(), emit)
            return try JSONDocument(try stream.splitter.finish())
        }
    }

    private mutating func pass(_ bytes: [UInt8], _ emit: Emit) throws {
        let isWrapped = text.isWrapped
        try splitter.feed(bytes) { try emit($0, isWrapped ? nil : $0.line) }
    }

    private mutating func explained<Value>(_ work: (inout AgentFileStream) throws -> Value) throws -> Value {
        do { return try work(&self) } catch let error as JSONError { throw text.explaining(error) }
    }
}
