/// What differs from run to run, under names that do not.
struct Masks: Sendable {
    let home: String
    /// Address by the script's name of the server.
    var servers: [String: String] = [:]
    var runs: [String] = []

    /// Printed text -> text for comparing and recording.
    func hide(_ text: String) -> String {
        var text = text
        for (name, url) in servers.sorted(by: { $0.key < $1.key }) {
            text = text.replacing(url, with: "{\(name)}")
        }
        text = text.replacing(home, with: "{home}")
        for (place, run) in runs.enumerated() { text = text.replacing(run, with: "{run-\(place + 1)}") }
        text = text.replacing(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00| UTC)?/, with: "{time}")
        text = text.replacing(/[0-9a-f]{64}/, with: "{sha256}")
        text = text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "{uuid}")
        text = text.replacing(/snapshots\/([A-Za-z]+)-[0-9a-f]{16}/) { "snapshots/\($0.output.1)-{hex}" }
        text = text.replacing(/Ferry drill \d+/, with: "Ferry drill {time}")
        text = text.replacing(/\d{4}-\d\d-\d\dT\d{6}Z\.ferry/, with: "{date}.ferry")
        text = text.replacing(/\/([A-Za-z]+)-[0-9a-f]{16}\//) { "/\($0.output.1)-{hex}/" }
        return text.replacing(/\d+(\.\d+)? ?(ms|s|min)\b/, with: "{duration}")
    }

    /// `{source}`, `{home}`, `{run}` (the newest) and `{run-1}` in a command.
    func fill(_ command: String) -> String {
        var text = command.replacing("{home}", with: home)
        for (name, url) in servers { text = text.replacing("{\(name)}", with: url) }
        for (place, run) in runs.enumerated() { text = text.replacing("{run-\(place + 1)}", with: run) }
        return text.replacing("{run}", with: runs.last ?? "none")
    }

    /// A count that is not at its end is shown or not as time goes.
    static func isUnderWay(_ line: String) -> Bool {
        if let found = line.firstMatch(of: /: ([\d,]+) of ([\d,]+)$/) { return found.1 != found.2 }
        if let found = line.firstMatch(of: /"done":(\d+),"total":(\d+)/) { return found.1 != found.2 }
        return false
    }
}
