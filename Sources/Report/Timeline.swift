import LettaModel
import Verify

extension Report {
    /// Messages by month on both sides, for the eye.
    public struct Timeline: Sendable, Equatable {
        public var months: [Month]

        public struct Month: Sendable, Equatable {
            /// `2026-05`; empty for rows without a time.
            public var name: String
            public var source: Int
            public var target: Int

            public var isEqual: Bool { source == target }
        }

        public init(months: [Month]) { self.months = months }

        var highest: Int { months.reduce(1) { max($0, $1.source, $1.target) } }

        /// `2026-01 to 2026-05, most in 2026-03 (112); the same number in every month`.
        var caption: String {
            let dated = months.filter { !$0.name.isEmpty }
            guard let first = dated.first, let last = dated.last,
                let most = dated.max(by: { $0.source < $1.source })
            else { return "no message has a time" }
            let span = first.name == last.name ? first.name : "\(first.name) to \(last.name)"
            let apart = months.count { !$0.isEqual }
            let sameness =
                apart == 0
                ? "the same number in every month" : "other numbers in \(apart.counted("month"))"
            return "\(span), most in \(most.name) (\(most.source.grouped)); \(sameness)"
        }
    }
}

extension Report.Timeline {
    /// Months between the first and the last that have no message are there
    /// with none, so that the axis is time. A stray date of another century
    /// does not stretch it.
    init(_ tallies: [MonthTally]) {
        let known = Dictionary(tallies.map { ($0.month, $0) }) { first, _ in first }
        let dated = tallies.compactMap { Self.number($0.month) }
        guard let first = dated.first, let last = dated.last, last - first < 600 else {
            self.init(months: tallies.map(Self.month))
            return
        }
        let undated = tallies.filter { $0.month.isEmpty }.map(Self.month)
        self.init(
            months: undated
                + (first...last).map { number in
                    let name = Self.name(number)
                    return known[name].map(Self.month) ?? Month(name: name, source: 0, target: 0)
                })
    }

    private static func month(_ tally: MonthTally) -> Month {
        Month(name: tally.month, source: tally.expected, target: tally.found)
    }

    private static func number(_ month: String) -> Int? {
        let parts = month.split(separator: "-").compactMap { Int($0) }
        return parts.count == 2 ? parts[0] * 12 + parts[1] - 1 : nil
    }

    private static func name(_ number: Int) -> String {
        let year = String(number / 12)
        let month = number % 12 + 1
        return String(repeating: "0", count: max(0, 4 - year.count)) + year + (month < 10 ? "-0" : "-")
            + "\(month)"
    }
}

extension Report.Timeline {
    /// For forms that have no pictures: months that have messages.
    var table: Report.Table {
        let titles = [("month", false), ("source", true), ("target", true)]
        return Report.Table(
            columns: titles.map { Report.Column(title: $0, isNumber: $1) },
            rows: months.filter { $0.source + $0.target > 0 }.map { month in
                [
                    Report.text(month.name.isEmpty ? "no time" : month.name), Report.number(month.source),
                    Report.number(month.target, month.isEqual ? .plain : .bad),
                ]
            })
    }
}

/// Two lines of blocks for a terminal.
enum TimelineText {
    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// - Parameter width: columns that a line may take; months are put
    ///   together where there are more of them.
    static func lines(_ timeline: Report.Timeline, width: Int) -> [String] {
        let room = max(8, width - 8)
        let share = (timeline.months.count + room - 1) / room
        let groups = stride(from: 0, to: timeline.months.count, by: max(1, share)).map { start in
            timeline.months[start..<min(start + share, timeline.months.count)]
        }
        let source = groups.map { $0.reduce(0) { $0 + $1.source } }
        let target = groups.map { $0.reduce(0) { $0 + $1.target } }
        let highest = max(1, (source + target).max() ?? 1)
        return ["source  " + bar(source, highest), "target  " + bar(target, highest)]
    }

    private static func bar(_ counts: [Int], _ highest: Int) -> String {
        String(counts.map { $0 == 0 ? " " : blocks[max(0, ($0 * blocks.count + highest - 1) / highest - 1)] })
    }
}

/// The source above the axis, the target below it: what is equal is
/// symmetrical. No script, no picture to load.
enum TimelineChart {
    private static let width = 720.0
    private static let half = 84.0
    private static let gutter = 44.0

    static func svg(_ timeline: Report.Timeline) -> String {
        let step = min(44, (width - gutter) / Double(max(1, timeline.months.count)))
        let bars = timeline.months.enumerated().map { bar($1, Double($0) * step, step, timeline.highest) }
        var years = timeline.months.enumerated().compactMap { year($1, Double($0) * step, isFirst: $0 == 0) }
        let right = max(120, gutter + Double(timeline.months.count) * step)
        let labelled = timeline.months.lastIndex { $0.name.hasSuffix("-01") } ?? 0
        if let last = timeline.months.last, Double(timeline.months.count - labelled) * step > 110 {
            years.append(
                "<text x=\"\(text(right))\" y=\"\(text(half * 2 + 36))\" text-anchor=\"end\">\(last.name)</text>"
            )
        }
        return """
            <figure class="timeline">
            <svg\(right > 560 ? " class=\"long\"" : "") width="\(text(right))" height="\(text(half * 2 + 40))" viewBox="0 0 \(text(right)) \(text(half * 2 + 40))" role="img" aria-label="\(HTMLForm.escape("Messages by month: " + timeline.caption))">
            \(bars.joined(separator: "\n"))
            <line class="axis" x1="\(text(gutter))" x2="\(text(right))" y1="\(text(half + 20))" y2="\(text(half + 20))"/>
            <text x="0" y="\(text(half + 8))">source</text>
            <text x="0" y="\(text(half + 40))">target</text>
            \(years.joined(separator: "\n"))
            </svg>
            <figcaption>\(HTMLForm.escape(timeline.caption)). These are numbers; the comparison itself looked at each message.</figcaption>
            </figure>
            """
    }

    private static func bar(_ month: Report.Timeline.Month, _ left: Double, _ step: Double, _ highest: Int)
        -> String
    {
        let x = text(gutter + left + step * 0.1)
        let wide = text(step * 0.8)
        let up = half * Double(month.source) / Double(highest)
        let down = half * Double(month.target) / Double(highest)
        let name = month.name.isEmpty ? "no time" : month.name
        return """
            <g class="\(month.isEqual ? "equal" : "apart")"><title>\(name): \(month.source.grouped) at the source, \(month.target.grouped) on the target</title>\
            <rect class="source" x="\(x)" width="\(wide)" y="\(text(half + 20 - up))" height="\(text(up))"/>\
            <rect class="target" x="\(x)" width="\(wide)" y="\(text(half + 20))" height="\(text(down))"/></g>
            """
    }

    /// The year stands at its January, and at the beginning.
    private static func year(_ month: Report.Timeline.Month, _ left: Double, isFirst: Bool) -> String? {
        guard isFirst || month.name.hasSuffix("-01") else { return nil }
        let label = isFirst ? month.name : String(month.name.prefix(4))
        return "<text x=\"\(text(gutter + left))\" y=\"\(text(half * 2 + 36))\">\(label)</text>"
    }

    /// One decimal, without a formatter.
    private static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
