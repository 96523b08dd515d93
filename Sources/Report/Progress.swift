import LettaModel
public import LosslessJSON

/// How far a stage is.
public struct Progress: Sendable, Equatable {
    /// `capture`, `import`, `passages`, `verify`.
    public var stage: String
    /// Plural: `messages`.
    public var unit: String
    public var done: Int
    /// Nil where nobody knows.
    public var total: Int?
    public var seconds: Double

    public init(stage: String, unit: String, done: Int, total: Int?, seconds: Double) {
        self.stage = stage
        self.unit = unit
        self.done = done
        self.total = total
        self.seconds = seconds
    }

    /// `capture   3,120 of 4,812 messages  65%  420/s  4 s left`.
    public var line: String {
        let name = stage + String(repeating: " ", count: max(0, 9 - stage.count))
        return ([name, count] + [share, rate, left].compactMap(\.self)).joined(separator: "  ")
    }

    /// `ferry.progress/1`, one line.
    public var json: JSONNode {
        [
            "schema": "ferry.progress/1", "stage": .string(stage), "unit": .string(unit), "done": .int(done),
            "total": total.map(JSONNode.int) ?? .null, "seconds": .seconds(seconds),
        ]
    }

    private var count: String {
        total.map { "\(done.grouped) of \($0.grouped) \(unit)" } ?? "\(done.grouped) \(unit)"
    }

    private var share: String? {
        guard let total, total > 0 else { return nil }
        return "\(min(100, done * 100 / total))%"
    }

    private var perSecond: Double? { seconds >= 0.5 && done > 0 ? Double(done) / seconds : nil }

    private var rate: String? { perSecond.map { "\(Int($0.rounded()).grouped)/s" } }

    private var left: String? {
        guard let total, total > done, let perSecond else { return nil }
        return "\(Measures.duration(seconds: (Double(total - done) / perSecond).rounded(.up))) left"
    }
}
