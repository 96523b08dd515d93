import Host
import LettaModel

/// A check-up for a person: what is wrong first, good news in a line.
struct DoctorText {
    let world: World

    func render(_ checkup: Checkup) -> String {
        let told = checkup.findings.filter { $0.severity > .ok || world.options.isVerbose }
        // Stable: the order of the table within a severity.
        let ordered = Severity.allCases.reversed().flatMap { severity in
            told.filter { $0.severity == severity }
        }
        return ordered.map(lines).joined() + (ordered.isEmpty ? "" : "\n") + headline(checkup)
    }

    private func lines(_ finding: Finding) -> String {
        let place = finding.subject.isEmpty ? "" : "  \(finding.subject)"
        let head = "\(coloured(finding.severity.rawValue, finding.severity))  \(finding.id)\(place)\n"
        let rows = [("seen", finding.seen), ("means", finding.means), ("remedy", finding.remedy)]
        return head
            + rows.filter { !$0.1.isEmpty }.map { name, text in
                "  \(name)\(String(repeating: " ", count: 8 - name.count))\(Printable.escaped(text))\n"
            }.joined()
    }

    private func headline(_ checkup: Checkup) -> String {
        let counts = [(Severity.error, "error"), (.warning, "warning"), (.note, "note")].filter {
            checkup.count($0.0) > 0
        }.map { checkup.count($0.0).counted($0.1) }
        let words = counts.isEmpty ? "nothing to complain of" : counts.joined(separator: ", ")
        let seconds = Checkup.hundredths(checkup.seconds)
        return coloured(
            "\(checkup.address): \(words); \(checkup.count(.ok)) ok, in \(seconds) s\n", checkup.worst)
    }

    private func coloured(_ text: String, _ severity: Severity) -> String {
        guard world.terminal.colorsOutput else { return text }
        let line = text.hasSuffix("\n")
        let body = line ? String(text.dropLast()) : text
        let style =
            switch severity {
            case .error: "31"
            case .warning: "33"
            case .note: "2"
            case .ok: "32"
            }
        return "\u{1b}[\(style)m\(body)\u{1b}[0m" + (line ? "\n" : "")
    }
}
