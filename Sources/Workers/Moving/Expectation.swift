import LettaModel
import LosslessJSON
import WorkerTree

/// What must be so at the new place: kept in the run's folder, and what
/// `check` compares with. Holds no secret.
public struct Expectation: Sendable, Equatable {
    public struct Program: Sendable, Equatable {
        public var name: String
        public var kind: String
        public var codeFolder: String
        public var agent: String?
        public var database: String?
        public var rows: [String: Int]
        public var states: [String: Int]
        public var attempts: Int
        /// Of the source's checkout; nil where it has none.
        public var commit: String?
        /// Names of the old agent's tools, sorted; nil where they were not read.
        public var tools: [String]?
        /// nil where its move was made by a ferry that kept none.
        var ledger: RowLedger?
    }

    public struct Thing: Sendable, Equatable {
        public var kind: String
        public var user: Int64
        public var oldID: String
    }

    public var server: String
    public var programs: [Program]
    public var things: [Thing]
    /// Values of the old place, which nothing may hold any more: kind and text.
    public var oldValues: [String]
    public var notices: [QueueNotice]
    public var steps: [String]
    public var rewrites: Int
    /// Of the users' own blocks.
    public var labels: [String] = []
    /// The old server had a tool server registered; nil where it was not asked.
    public var hadToolServers: Bool?

    public struct QueueNotice: Sendable, Equatable {
        public var worker: String
        public var row: Int64
        public var notice: String
        public var meaning: String
    }
}

extension Expectation {
    init(_ result: Planner.Result, server: String) {
        let plan = result.plan
        self.server = server
        programs = plan.workers.map { worker in
            let counts = worker.counts?.after(worker.queue)
            return Program(
                name: worker.name, kind: worker.kind.rawValue, codeFolder: worker.codeFolder,
                agent: worker.newAgent, database: worker.database, rows: counts?.rows ?? [:],
                states: counts?.states ?? [:], attempts: counts?.attempts ?? 0, commit: worker.commit,
                tools: worker.oldAgent.flatMap { result.tools[$0] }, ledger: worker.ledger)
        }
        things = plan.users.map { Thing(kind: $0.kind.rawValue, user: $0.user, oldID: $0.oldID) }
        oldValues = result.replacements.filter { $0.kind != .token && $0.old != $0.new }.map(\.old)
        oldValues += Replacements.oldHosts(oldValues, server: server)
        // What may be a password is not kept; the host alone finds the URL.
        oldValues = oldValues.map { $0.contains("://") ? ToolServerAddress.bare($0) : $0 }
            .filter { WhoReader.root($0) != WhoReader.root(server) }
        notices = plan.workers.flatMap { worker in
            worker.queue.compactMap { fate in
                fate.notice.map {
                    QueueNotice(worker: worker.name, row: fate.row, notice: $0.rawValue, meaning: $0.meaning)
                }
            }
        }
        steps = plan.steps
        rewrites = plan.rewrites.count
        labels = result.labels.sorted()
        hadToolServers = result.hadToolServers
    }

    // MARK: As a file

    var json: [UInt8] {
        let node: JSONNode = [
            "schema": "ferry.workers-expected/1", "server": .string(server),
            "programs": .array(programs.map(\.json)),
            "things": .array(
                things.map {
                    ["kind": .string($0.kind), "user": .int(Int($0.user)), "old_id": .string($0.oldID)]
                }),
            "old_values": .array(oldValues.map { .string($0) }),
            "notices": .array(
                notices.map {
                    [
                        "worker": .string($0.worker), "row": .int(Int($0.row)), "notice": .string($0.notice),
                        "meaning": .string($0.meaning),
                    ]
                }),
            "steps": .array(steps.map { .string($0) }), "rewrites": .int(rewrites),
            "labels": .array(labels.map { .string($0) }),
            "had_tool_servers": hadToolServers.map { .bool($0) } ?? .null,
        ]
        return node.bytes()
    }

    init(json: [UInt8]) throws {
        let root = try JSONDocument(json).root
        server = root["server"]?.string ?? ""
        programs = (root["programs"]?.elements ?? []).map(Program.init)
        things = (root["things"]?.elements ?? []).map {
            Thing(
                kind: $0["kind"]?.string ?? "", user: Int64($0["user"]?.int ?? 0),
                oldID: $0["old_id"]?.string ?? "")
        }
        oldValues = (root["old_values"]?.elements ?? []).compactMap(\.string)
        notices = (root["notices"]?.elements ?? []).map {
            QueueNotice(
                worker: $0["worker"]?.string ?? "", row: Int64($0["row"]?.int ?? 0),
                notice: $0["notice"]?.string ?? "", meaning: $0["meaning"]?.string ?? "")
        }
        steps = (root["steps"]?.elements ?? []).compactMap(\.string)
        rewrites = root["rewrites"]?.int ?? 0
        labels = (root["labels"]?.elements ?? []).compactMap(\.string)
        hadToolServers = root["had_tool_servers"]?.bool
    }
}

extension Expectation.Program {
    fileprivate var json: JSONNode {
        [
            "name": .string(name), "kind": .string(kind), "code_folder": .string(codeFolder),
            "agent": agent.map { .string($0) } ?? .null, "database": database.map { .string($0) } ?? .null,
            "commit": commit.map { .string($0) } ?? .null, "rows": Self.node(rows),
            "states": Self.node(states), "attempts": .int(attempts),
            "tools": tools.map { .array($0.map { .string($0) }) } ?? .null,
            "ledger": ledger.map(Self.node) ?? .null,
        ]
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            name: json["name"]?.string ?? "", kind: json["kind"]?.string ?? "",
            codeFolder: json["code_folder"]?.string ?? "", agent: json["agent"]?.string,
            database: json["database"]?.string, rows: Self.figures(json["rows"]),
            states: Self.figures(json["states"]), attempts: json["attempts"]?.int ?? 0,
            commit: json["commit"]?.string,
            tools: json["tools"].flatMap { $0.isNull ? nil : $0.elements.compactMap(\.string) },
            ledger: json["ledger"].flatMap { $0.isNull ? nil : Self.ledger($0) })
    }

    static func node(_ ledger: RowLedger) -> JSONNode {
        let tries = ledger.tries.map { ("\($0.key)", $0.value) }
        return [
            "rows": node(ledger.rows), "queue": node(ledger.queue),
            "tries": node(Dictionary(tries) { first, _ in first }),
        ]
    }

    private static func node(_ ids: [String: IDRanges]) -> JSONNode {
        .object(
            ids.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .string($0.value.text)) })
    }

    static func ledger(_ json: JSONValue) -> RowLedger {
        let tries = figures(json["tries"]).compactMap { row, count in Int64(row).map { ($0, count) } }
        return RowLedger(
            rows: ids(json["rows"]), queue: ids(json["queue"]),
            tries: Dictionary(tries) { first, _ in first })
    }

    private static func ids(_ value: JSONValue?) -> [String: IDRanges] {
        Dictionary((value?.members ?? []).map { ($0.key, IDRanges(text: $0.value.string ?? "")) }) {
            first, _ in first
        }
    }

    private static func node(_ figures: [String: Int]) -> JSONNode {
        .object(figures.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .int($0.value)) })
    }

    private static func figures(_ value: JSONValue?) -> [String: Int] {
        Dictionary((value?.members ?? []).map { ($0.key, $0.value.int ?? 0) }) { first, _ in first }
    }
}
