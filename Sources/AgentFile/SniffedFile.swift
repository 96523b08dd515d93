import LettaModel
import LosslessJSON

/// What a file is that is no agent file, in words a person can act on.
enum SniffedFile {
    /// For a file that no hand can put right, where its agent still lives.
    static let exportAgain =
        "write it anew from its agent: ferry snapshot AGENT --from SERVER -o NEW.ferry && "
        + "ferry export NEW.ferry -o NEW.af"

    static func failure(_ start: TextStart, _ bytes: [UInt8], name: String) -> Failure? {
        if let failure = wide(bytes, name) { return failure }
        return switch start {
        case .object, .string: nil
        case .blank: unreadable(name, "the file is empty", exportAgain)
        case .gzip:
            unreadable(
                name, "the file is compressed with gzip",
                "unpack it: `gunzip -c \(ShellWord.quoted(name)) > NEW.af`")
        case .zip:
            unreadable(
                name, "the file is a zip archive", "unpack it: `unzip -p \(ShellWord.quoted(name)) > NEW.af`")
        case .zstd:
            unreadable(
                name, "the file is compressed with zstd",
                "unpack it: `unzstd -c \(ShellWord.quoted(name)) > NEW.af`")
        case .markup:
            unreadable(
                name, "the file is a web page, not an agent file",
                "download it again (the address gave a login or error page), then run the command again")
        case .array:
            unreadable(name, "the file is a JSON list, not an agent file", "give the file of one export")
        case .scalar, .other: other(bytes, name)
        }
    }

    /// Text of two or four bytes a character, as Windows tools write it.
    private static func wide(_ bytes: [UInt8], _ name: String) -> Failure? {
        let forms: [(start: [UInt8], encoding: String)] = [
            ([0xFF, 0xFE, 0, 0], "UTF-32"), ([0, 0, 0xFE, 0xFF], "UTF-32"), ([0xFF, 0xFE], "UTF-16"),
            ([0xFE, 0xFF], "UTF-16"), ([0x7B, 0], "UTF-16LE"), ([0, 0x7B], "UTF-16BE"),
        ]
        guard let form = forms.first(where: { bytes.starts(with: $0.start) }) else { return nil }
        return unreadable(
            name, "the file is \(form.encoding) text, and JSON is UTF-8",
            "iconv -f \(form.encoding) -t UTF-8 \(ShellWord.quoted(name)) > NEW.af")
    }

    private static func other(_ bytes: [UInt8], _ name: String) -> Failure {
        if bytes.starts(with: Array("SQLite format 3".utf8)) {
            return unreadable(name, "the file is a SQLite database", "load a snapshot by its .ferry name")
        }
        return unreadable(
            name, "the file is not JSON", "give an .af file as a Letta server or `ferry export` writes it")
    }

    static func failure(_ error: JSONError, name: String, read: Int) -> Failure {
        if error.code == .unexpectedEnd {
            return unreadable(
                name, "the file is cut off: it ends at byte \(read), in the middle of a value",
                "copy or download it again, then run the command again", underlying: error.description)
        }
        if error.code == .tooDeep {
            return unreadable(
                name, "more than 512 lists and objects stand inside one another at byte \(error.offset)",
                "take out by hand what is nested there: no server writes as many levels",
                underlying: error.description)
        }
        return unreadable(
            name, "the file is not valid JSON at byte \(error.offset) (\(error.code.rawValue))",
            exportAgain, underlying: error.description)
    }

    static func noAgents(_ root: JSONValue, name: String) -> Failure {
        let isLegacy = ["core_memory", "in_context_message_indices", "llm_config", "messages"].contains {
            root[$0] != nil
        }
        guard isLegacy else {
            return unreadable(
                name, "the JSON in it has no list of agents",
                "give an .af file as a Letta server or `ferry export` writes it")
        }
        let version = root["version"]?.string.map { ", written by Letta \($0)" } ?? ""
        return Failure(
            .agentFileLegacy, subject: name,
            reason: "the file has the form before version 2\(version), which servers after 0.11.7 refuse",
            remedy: "ferry convert \(ShellWord.quoted(name)) -o NEW.af"
        )
    }

    /// - Parameter place: in the file: `$.blocks[2]`.
    static func noObject(_ name: String, _ place: String) -> Failure {
        unreadable(name, "\(place) is no JSON object", "take it out by hand; or \(exportAgain)")
    }

    static func unreadable(
        _ name: String, _ reason: String, _ remedy: String, underlying: String? = nil
    ) -> Failure {
        Failure(.agentFileUnreadable, subject: name, reason: reason, remedy: remedy, underlying: underlying)
    }
}
