import Home
import LettaModel
import LosslessJSON
import Snapshot

/// Rows that came back by position only are held against their listing: a
/// shift by one must not pass.
enum NativeAgreement {
    /// **Errors**: `reader-failed`, naming the first row that doesn't fit.
    static func check(
        _ slice: [NativeSlice.Row], _ rows: [NativeRow<SourceSide>], at address: HomeAddress
    ) throws {
        guard slice.count == rows.count else {
            throw failure(address, "\(slice.count) rows were asked for and \(rows.count) came")
        }
        for (asked, row) in zip(slice, rows) {
            guard row.id == asked.id, fits(asked.messageTypes, try role(of: row.json)) else {
                throw failure(address, "row \(asked.id) came back as another")
            }
        }
    }

    static func fits(_ messageTypes: [String], _ role: String) -> Bool {
        guard let first = messageTypes.first else { return true }
        return switch role {
        case "system": first == "system_message"
        case "user", "summary": first == "user_message"
        case "tool": first == "tool_return_message"
        case "assistant", "approval":
            !["system_message", "user_message", "tool_return_message"].contains(first)
        default: true
        }
    }

    private static func role(of row: VerbatimJSON) throws -> String {
        try JSONDocument(row).root["role"]?.string ?? ""
    }

    private static func failure(_ address: HomeAddress, _ reason: String) -> Failure {
        Failure(
            .readerFailed, subject: address.description, reason: reason,
            remedy: "run the command again; if it stays so, use --read-only", end: .source)
    }
}
