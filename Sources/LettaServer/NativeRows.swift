import HTTP
import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    /// Mapping is by position in the order asked; a row that the reader
    /// itself brings along (0.16.4 and older) is left out by its absence from
    /// the in-context list. An answer that names an id: the id is looked up,
    /// and is either gone (`RowsVanished`) or the server stumbled over another
    /// export, which passes.
    public func nativeRows(
        _ rows: [ServerID<RowKind, Side>], through reader: ServerID<AgentKind, Side>
    ) async throws -> [NativeRow<Side>] {
        guard !rows.isEmpty, rows.count <= 2000 else {
            throw readerFailed(reader, "it can show from 1 to 2,000 messages, not \(rows.count.grouped)")
        }
        let abilities = try await abilities()
        return try await shared.exporting.pass {
            try await show(rows, to: reader)
            let export = try await patientExport(of: reader, showing: rows, abilities: abilities)
            return try native(export, for: rows, of: reader)
        }
    }

    private func show(_ rows: [ServerID<RowKind, Side>], to reader: ServerID<AgentKind, Side>) async throws {
        let list = JSONNode.array(rows.map { .string($0.raw) })
        let call = Call(
            .patch, "/v1/agents/\(reader)",
            body: .json(JSONNode.object([JSONMember(key: "message_ids", value: list)]).bytes()),
            effect: .idempotent, timeout: .seconds(300))
        let response = try await wire.send(call)
        try await wire.drain(response, of: call)
    }

    private func patientExport(
        of reader: ServerID<AgentKind, Side>, showing rows: [ServerID<RowKind, Side>], abilities: Abilities
    ) async throws -> ExportedAgent {
        for attempt in 1... {
            do {
                return try await exported(reader)
            } catch let failure as Failure where failure.code == .serverError {
                let named = Self.messageIDs(in: failure.reason)
                let gone = try await vanished(
                    named.filter { id in rows.contains { $0.raw == id } }, abilities)
                if !gone.isEmpty { throw RowsVanished(ids: gone) }
                guard attempt < 4, !named.isEmpty else { throw readerFailed(reader, failure.reason) }
                try await Task.sleep(for: .milliseconds(200 * attempt))
            }
        }
        throw readerFailed(reader, "it did not answer")
    }

    /// Of these ids, those that the server does not know.
    private func vanished(_ ids: [String], _ abilities: Abilities) async throws -> [String] {
        guard abilities.has("GET /v1/messages/{}") else { return ids }
        return try await bounded(ids, width: 4) { id in
            let call = Call.get("/v1/messages/\(id)")
            let response = try await wire.exchange(call)
            try await wire.drain(response, of: call)
            return response.status == 404 ? id : nil
        }.compactMap { $0 }
    }

    static func messageIDs(in text: String) -> [String] {
        text.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init)
            .filter { $0.hasPrefix("message-") && $0.count > 20 }
    }

    private func native(
        _ export: ExportedAgent, for rows: [ServerID<RowKind, Side>], of reader: ServerID<AgentKind, Side>
    ) throws -> [NativeRow<Side>] {
        let bodies = export.rows.count == rows.count ? export.rows : try chosen(export, reader)
        guard bodies.count == rows.count else {
            throw readerFailed(
                reader,
                "it was shown \(rows.count.counted("message")) and its export holds \(bodies.count.grouped)")
        }
        return zip(rows, bodies).map { NativeRow(id: $0, json: $1) }
    }

    /// The rows that the export says are in context, in that order.
    private func chosen(_ export: ExportedAgent, _ reader: ServerID<AgentKind, Side>) throws -> [VerbatimJSON]
    {
        let shell = try wire.document(export.shell, in: .get("/v1/agents/\(reader)/export"))
        var byID: [String: VerbatimJSON] = [:]
        for row in export.rows {
            guard let id = (try? JSONDocument(row))?.root["id"]?.string else { continue }
            byID[id] = row
        }
        return (shell["agents"]?[0]?.strings("in_context_message_ids") ?? []).compactMap { byID[$0] }
    }

    private func readerFailed(_ reader: ServerID<AgentKind, Side>, _ reason: String) -> Failure {
        wire.errors.make(
            .readerFailed, subject: "reader \(reader) at \(address.name)", reason,
            "run the command again with --read-only to rebuild the history from its listing")
    }
}
