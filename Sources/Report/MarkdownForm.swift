extension Report {
    /// For a ticket or a wiki.
    public func markdown() -> String { MarkdownForm.render(self) }
}

enum MarkdownForm {
    static func render(_ report: Report) -> String {
        var parts = ["# \(escape(report.title))", "**\(escape(report.headline))**"]
        parts.append(report.facts.map { "- \($0.name): \(escape($0.value))" }.joined(separator: "\n"))
        for section in report.sections {
            parts.append("## \(escape(section.title))")
            parts += section.content.map(content)
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private static func content(_ content: Report.Content) -> String {
        switch content {
        case .paragraph(let text): escape(text)
        case .table(let table): rows(table)
        case .timeline(let timeline): rows(timeline.table)
        case .notes(let notes): notes.map(note).joined(separator: "\n")
        case .commands(let commands): "```\n\(commands.joined(separator: "\n"))\n```"
        }
    }

    private static func note(_ note: Report.Note) -> String {
        let id = note.id.isEmpty ? "" : " (`\(note.id.replacing("`", with: "'"))`)"
        let remarks = note.remarks.filter { !$0.value.isEmpty }.map {
            "\n  - \($0.name): \(escape($0.value))"
        }
        return "- \(escape(note.title))\(id)" + remarks.joined()
    }

    private static func rows(_ table: Report.Table) -> String {
        let head = line(table.columns.map { $0.title })
        let rule = "|" + table.columns.map { $0.isNumber ? "--:|" : "---|" }.joined()
        return ([head, rule] + table.rows.map { line($0.map(\.text)) }).joined(separator: "\n")
    }

    private static func line(_ cells: [String]) -> String {
        "| " + cells.map(escape).joined(separator: " | ") + " |"
    }

    /// Nothing of the agent's content may become markup; back quotes of our
    /// own commands stay.
    private static func escape(_ text: String) -> String {
        var escaped = ""
        var isCode = false
        let isBalanced = text.count { $0 == "`" } % 2 == 0
        for character in text {
            if character == "`", isBalanced {
                isCode.toggle()
                escaped.append(character)
            } else if character == "|" {
                escaped += "\\|"
            } else if character.isNewline {
                escaped += " "
            } else if !isCode, "\\`*_[]<>#".contains(character) {
                escaped += "\\\(character)"
            } else {
                escaped.append(character)
            }
        }
        return escaped
    }
}
