/// All paths of a splitter as one tree, so that one walk serves them all.
struct PathTree: Sendable {
    struct Node: Sendable {
        var names: [(name: [UInt8], node: Int)] = []
        var everyElement: Int?
        /// Number of the streaming path that ends here.
        var streams: Int?
        var isDropped = false

        /// Whether a value that starts with that byte has to be walked.
        func continues(into first: UInt8) -> Bool {
            first == Byte.openObject ? !names.isEmpty : first == Byte.openArray && everyElement != nil
        }
    }

    private var nodes = [Node()]

    /// - Precondition: a streaming path ends in `[*]`, a dropping one names
    ///   a member.
    init(streaming: [JSONPath], dropping: [JSONPath]) {
        for (number, path) in streaming.enumerated() {
            precondition(
                path.steps.last == .everyElement, "\(path) does not end in [*]: it cannot be streamed")
            nodes[node(at: path)].streams = number
        }
        for path in dropping {
            guard case .name = path.steps.last else { preconditionFailure("\(path) names no member to drop") }
            nodes[node(at: path)].isDropped = true
        }
    }

    static var root: Int { 0 }

    subscript(_ node: Int) -> Node { nodes[node] }

    func member(_ name: UnsafeBufferPointer<UInt8>, of node: Int) -> Int? {
        for child in nodes[node].names where child.name.count == name.count && child.name.elementsEqual(name)
        {
            return child.node
        }
        return nil
    }

    private mutating func node(at path: JSONPath) -> Int {
        path.steps.reduce(PathTree.root) { step($1, from: $0) }
    }

    private mutating func step(_ step: JSONPath.Step, from node: Int) -> Int {
        switch step {
        case .name(let name):
            let bytes = Array(name.utf8)
            if let known = nodes[node].names.first(where: { $0.name == bytes }) { return known.node }
            nodes[node].names.append((bytes, nodes.count))
        case .everyElement:
            if let known = nodes[node].everyElement { return known }
            nodes[node].everyElement = nodes.count
        }
        nodes.append(Node())
        return nodes.count - 1
    }
}
