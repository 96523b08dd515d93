import LosslessJSON

/// The programs that pm2 would start again, with the environment it kept.
struct Pm2Dump {
    struct Program {
        var name: String
        var workFolder: String?
        /// The script's path and arguments, for finding whose it is.
        var words: [String]
        var environment: [(key: String, text: String)]
    }

    let programs: [Program]

    init(_ bytes: [UInt8]) throws {
        programs = try JSONDocument(bytes).root.elements.map(Self.program)
    }

    private static func program(_ entry: JSONValue) -> Program {
        let folder = entry["pm_cwd"]?.string ?? entry["cwd"]?.string
        let script = entry["pm_exec_path"]?.string ?? entry["script"]?.string
        let arguments = entry["args"]?.elements.compactMap(\.string) ?? []
        let own = entry["env"] ?? entry["pm2_env"]?["env"]
        let kept = (own?.members ?? []).compactMap { member in
            member.value.string.map { (key: member.key, text: $0) }
        }
        return Program(
            name: entry["name"]?.string ?? "", workFolder: folder,
            words: [script].compactMap { $0 } + arguments, environment: kept)
    }
}
