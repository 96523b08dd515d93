public import Journal
import LettaModel

/// An order as the journal keeps it, and back. The token is not kept, only
/// where it comes from; of the command that stops the source, which may hold a
/// password, only that there was one.
public enum OrderCoding {
    static func encode(_ order: WorkersOrder) throws -> RunChoices {
        var values: [String: RunChoices.Value] = [
            "path": .text(order.path), "to": .text(order.destination), "retire": .flag(order.retires),
            "with-logs": .flag(order.bringsLogs), "with-secrets": .flag(order.bringsSecrets),
        ]
        if !order.runs.isEmpty { values["run"] = .list(order.runs) }
        if !order.agents.isEmpty { values["agent"] = .list(order.agents) }
        if !order.accepted.isEmpty { values["accept"] = .list(order.accepted.sorted()) }
        if order.hasStopCommand { values["stop-with"] = .flag(true) }
        if let bridge = order.bridgeDatabase { values["bridge-db"] = .text(bridge) }
        if let source = order.tokenSource?.split(separator: " ", maxSplits: 1), source.count == 2 {
            values[String(source[0].dropFirst(2))] = .text(String(source[1]))
        }
        return try RunChoices(values)
    }

    /// Without the token and the command, and without what is known of the
    /// machine.
    public static func decode(_ choices: RunChoices) -> WorkersOrder {
        let values = choices.values
        var order = WorkersOrder(path: text(values["path"]) ?? "", destination: text(values["to"]) ?? "")
        order.runs = list(values["run"])
        order.agents = list(values["agent"])
        order.accepted = Set(list(values["accept"]))
        order.hasStopCommand = values["stop-with"] != nil
        order.bridgeDatabase = text(values["bridge-db"])
        order.retires = values["retire"] == .flag(true)
        order.bringsLogs = values["with-logs"] == .flag(true)
        order.bringsSecrets = values["with-secrets"] == .flag(true)
        for name in ["token-env", "token-file"] {
            if let source = text(values[name]) { order.tokenSource = "--\(name) \(source)" }
        }
        return order
    }

    private static func text(_ value: RunChoices.Value?) -> String? {
        if case .text(let text) = value { text } else { nil }
    }

    private static func list(_ value: RunChoices.Value?) -> [String] {
        if case .list(let list) = value { list } else { [] }
    }
}
