extension Report {
    /// One page that stands alone: no script, nothing loaded, light and
    /// dark, printable.
    public func html() -> String { HTMLForm.render(self) }
}

enum HTMLForm {
    static func render(_ report: Report) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(escape(report.title))</title>
        <style>
        \(HTMLStyle.sheet)
        </style>
        </head>
        <body>
        <main>
        \(header(report))
        \(report.sections.map(section).joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }

    private static func header(_ report: Report) -> String {
        """
        <header class="\(report.badge.tone.rawValue)">
        <p class="kicker">\(escape(report.title))</p>
        <p class="badge"><span aria-hidden="true">\(glyph(report.badge.tone))</span> \(escape(report.badge.word))</p>
        <h1>\(inline(report.headline))</h1>
        \(list(report.facts))
        </header>
        """
    }

    private static func glyph(_ tone: Report.Tone) -> String {
        switch tone {
        case .good: "✓"
        case .noted: "≈"
        case .bad: "✕"
        case .plain: "·"
        }
    }

    private static func section(_ section: Report.Section) -> String {
        let body = section.content.map(content).joined(separator: "\n")
        guard section.isAside else {
            return
                "<section id=\"\(escape(section.id))\">\n<h2>\(escape(section.title))</h2>\n\(body)\n</section>"
        }
        return """
            <details id="\(escape(section.id))">
            <summary><h2>\(escape(section.title))</h2></summary>
            \(body)
            </details>
            """
    }

    private static func content(_ content: Report.Content) -> String {
        switch content {
        case .paragraph(let text): "<p>\(inline(text))</p>"
        case .table(let table): rows(table)
        case .timeline(let timeline): TimelineChart.svg(timeline)
        case .notes(let notes): "<ul class=\"notes\">\n\(notes.map(note).joined(separator: "\n"))\n</ul>"
        case .commands(let commands):
            "<pre><code>\(commands.map(escape).joined(separator: "\n"))</code></pre>"
        }
    }

    private static func note(_ note: Report.Note) -> String {
        let id = note.id.isEmpty ? "" : " <code class=\"id\">\(escape(note.id))</code>"
        let remarks = list(note.remarks.filter { !$0.value.isEmpty })
        return "<li class=\"\(note.tone.rawValue)\"><p>\(inline(note.title))\(id)</p>\(remarks)</li>"
    }

    private static func list(_ facts: [Report.Fact]) -> String {
        guard !facts.isEmpty else { return "" }
        let rows = facts.map { "<div><dt>\(escape($0.name))</dt><dd>\(inline($0.value))</dd></div>" }
        return "<dl>\n\(rows.joined(separator: "\n"))\n</dl>"
    }

    private static func rows(_ table: Report.Table) -> String {
        let head = table.columns.map { column in
            "<th scope=\"col\"\(column.isNumber ? " class=\"n\"" : "")>\(escape(column.title))</th>"
        }
        let isNamed = table.columns.contains { !$0.title.isEmpty }
        let body = table.rows.map { row in
            "<tr>\(row.indices.map { cell(row[$0], table.columns[$0]) }.joined())</tr>"
        }
        return """
            <div class="scroll"><table>
            \(isNamed ? "<thead><tr>\(head.joined())</tr></thead>" : "")
            <tbody>
            \(body.joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    private static func cell(_ cell: Report.Cell, _ column: Report.Column) -> String {
        let classes = [column.isNumber ? "n" : "", cell.tone == .plain ? "" : cell.tone.rawValue].filter {
            !$0.isEmpty
        }
        let attribute = classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
        // On a narrow screen a row stands as a list, and each value needs its name.
        let label = column.title.isEmpty ? "" : " data-label=\"\(escape(column.title))\""
        return "<td\(attribute)\(label)>\(inline(cell.text))</td>"
    }

    // MARK: Characters

    /// Escaped, kept apart from the direction of its neighbours, with
    /// `back quotes` set as code.
    private static func inline(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count > 1, parts.count % 2 == 1 else { return "<bdi>\(escape(text))</bdi>" }
        let pieces = parts.enumerated().map { index, part in
            index % 2 == 0 ? escape(String(part)) : "<code>\(escape(String(part)))</code>"
        }
        return "<bdi>\(pieces.joined())</bdi>"
    }

    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n": escaped += "\n"
            default:
                if scalar.properties.generalCategory == .control {
                    escaped += " "
                } else {
                    escaped.unicodeScalars.append(scalar)
                }
            }
        }
        return escaped
    }
}
