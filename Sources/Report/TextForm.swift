extension Report {
    /// How a terminal wants it.
    public struct TextStyle: Sendable {
        /// Units: columns.
        public var width: Int
        public var isColoured: Bool

        public init(width: Int = 80, isColoured: Bool = false) {
            self.width = max(40, width)
            self.isColoured = isColoured
        }
    }

    /// For a terminal. The last line is the headline.
    public func text(_ style: TextStyle = TextStyle()) -> String {
        TextForm(style: style).render(self)
    }
}

struct TextForm {
    let style: Report.TextStyle

    func render(_ report: Report) -> String {
        var lines = [
            bold(clean(report.title)) + "  " + colour("[\(clean(report.badge.word))]", report.badge.tone)
        ]
        lines += pairs(report.facts, indent: 2)
        for section in report.sections {
            lines += ["", bold(section.title)] + section.content.flatMap(content)
        }
        lines += ["", colour(clean(report.headline), report.badge.tone)]
        return lines.joined(separator: "\n") + "\n"
    }

    private func content(_ content: Report.Content) -> [String] {
        switch content {
        case .paragraph(let text): indented(text, by: 2)
        case .table(let table): rows(table)
        case .timeline(let timeline):
            TimelineText.lines(timeline, width: style.width - 2).map { "  " + $0 }
                + indented(timeline.caption, by: 2)
        case .notes(let notes): notes.flatMap(note)
        case .commands(let commands): commands.map { "  \(clean($0))" }
        }
    }

    private func indented(_ text: String, by indent: Int) -> [String] {
        let space = String(repeating: " ", count: indent)
        return Wrap.lines(clean(text), width: style.width - indent).map { space + $0 }
    }

    private func note(_ note: Report.Note) -> [String] {
        let title = note.id.isEmpty ? note.title : "\(note.title)  [\(note.id)]"
        let lines = Wrap.lines(clean(title), width: style.width - 4)
        let head = "  " + colour(mark(note.tone), note.tone) + " " + (lines.first ?? "")
        return [head] + lines.dropFirst().map { "    \($0)" }
            + pairs(note.remarks.filter { !$0.value.isEmpty }, indent: 6)
    }

    private func mark(_ tone: Report.Tone) -> String {
        switch tone {
        case .good: "+"
        case .noted: "*"
        case .bad: "!"
        case .plain: "-"
        }
    }

    /// Names in a column, values wrapped beside it.
    private func pairs(_ facts: [Report.Fact], indent: Int) -> [String] {
        let widest = facts.map { DisplayWidth.of($0.name) }.max() ?? 0
        let space = String(repeating: " ", count: indent)
        return facts.flatMap { fact in
            let lines = Wrap.lines(clean(fact.value), width: style.width - indent - widest - 2)
            return lines.enumerated().map { index, line in
                space + Wrap.pad(index == 0 ? fact.name : "", widest, right: false) + "  " + line
            }
        }
    }

    // MARK: Tables

    private func rows(_ table: Report.Table) -> [String] {
        let widths = columnWidths(table)
        let head = table.columns.map { Report.Cell(text: $0.title) }
        let isNamed = table.columns.contains { !$0.title.isEmpty }
        return (isNamed ? line(head, table.columns, widths).map { dim($0) } : [])
            + table.rows.flatMap { line($0, table.columns, widths) }
    }

    /// The last column takes what is left and wraps.
    private func columnWidths(_ table: Report.Table) -> [Int] {
        var widths = table.columns.indices.map { column in
            let cells = table.rows.map { DisplayWidth.of(clean($0[column].text)) }
            return max(DisplayWidth.of(table.columns[column].title), cells.max() ?? 0)
        }
        guard let last = widths.indices.last else { return widths }
        let limit = max(12, (style.width - 2) / 2)
        for column in widths.indices.dropLast() { widths[column] = min(widths[column], limit) }
        let used = widths.dropLast().reduce(0) { $0 + $1 + 2 } + 2
        let least = table.columns[last].isNumber ? widths[last] : 12
        widths[last] = max(least, min(widths[last], style.width - used))
        return widths
    }

    private func line(_ cells: [Report.Cell], _ columns: [Report.Column], _ widths: [Int]) -> [String] {
        let wrapped = cells.indices.map { Wrap.lines(clean(cells[$0].text), width: widths[$0]) }
        return (0..<(wrapped.map(\.count).max() ?? 0)).map { row in
            let pieces = cells.indices.map { column in
                let text = row < wrapped[column].count ? wrapped[column][row] : ""
                let padded = Wrap.pad(text, widths[column], right: columns[column].isNumber)
                return cells[column].tone == .plain ? padded : colour(padded, cells[column].tone)
            }
            let joined = "  " + pieces.joined(separator: "  ")
            return style.isColoured ? joined : String(joined.reversed().drop { $0 == " " }.reversed())
        }
    }

    // MARK: Characters

    /// Content of an agent must not move the cursor or change colours.
    private func clean(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            default: Self.turnsText.contains(scalar.value) ? " " : scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Marks that reverse the direction of what follows.
    private static let turnsText: Set<UInt32> = [
        0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,
    ]

    private func bold(_ text: String) -> String { style.isColoured ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    private func dim(_ text: String) -> String { style.isColoured ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

    private func colour(_ text: String, _ tone: Report.Tone) -> String {
        guard style.isColoured else { return text }
        switch tone {
        case .good: return "\u{1B}[32m\(text)\u{1B}[0m"
        case .noted: return "\u{1B}[33m\(text)\u{1B}[0m"
        case .bad: return "\u{1B}[31m\(text)\u{1B}[0m"
        case .plain: return text
        }
    }
}
