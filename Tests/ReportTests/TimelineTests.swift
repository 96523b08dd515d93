import Testing

@testable import Report
@testable import Verify

struct TimelineTests {
    private func timeline(_ tallies: [(String, Int, Int)]) -> Report.Timeline {
        Report.Timeline(tallies.map { MonthTally(month: $0.0, expected: $0.1, found: $0.2) })
    }

    @Test func `months without messages keep their place on the axis`() {
        let months = timeline([("2025-11", 3, 3), ("2026-02", 5, 5)]).months
        #expect(months.map(\.name) == ["2025-11", "2025-12", "2026-01", "2026-02"])
        #expect(months.map(\.source) == [3, 0, 0, 5])
    }

    @Test func `a date of another century does not stretch the axis`() {
        #expect(timeline([("0001-01", 1, 1), ("2026-02", 5, 5)]).months.count == 2)
    }

    @Test func `rows without a time come first and are named`() {
        let all = timeline([("", 2, 2), ("2026-02", 5, 5)])
        #expect(all.months.map(\.name) == ["", "2026-02"])
        #expect(all.table.rows[0][0].text == "no time")
    }

    @Test func `the caption says where the numbers differ`() {
        #expect(
            timeline([("2026-01", 3, 3), ("2026-02", 1112, 1100)]).caption
                == "2026-01 to 2026-02, most in 2026-02 (1,112); other numbers in 1 month")
        #expect(timeline([("2026-01", 3, 3)]).caption.hasSuffix("the same number in every month"))
    }

    @Test func `equal sides draw the same line, and a lesser one a lower line`() {
        let lines = TimelineText.lines(
            timeline([("2026-01", 8, 8), ("2026-02", 1, 0), ("2026-03", 4, 4)]), width: 40)
        #expect(lines == ["source  █▁▄", "target  █ ▄"])
    }

    @Test(arguments: [1, 9, 79, 80, 200, 599])
    func `however many months, a line fits its width`(count: Int) {
        let tallies = (0..<count).map { ("\(1980 + $0 / 12)-\($0 % 12 < 9 ? "0" : "")\($0 % 12 + 1)", 5, 5) }
        for line in TimelineText.lines(timeline(tallies), width: 78) { #expect(line.count <= 78) }
    }

    @Test func `a month that differs has a class of its own in the chart`() {
        let chart = TimelineChart.svg(timeline([("2026-01", 3, 3), ("2026-02", 4, 2)]))
        #expect(chart.contains("<g class=\"equal\"><title>2026-01: 3 at the source, 3 on the target</title>"))
        #expect(chart.contains("<g class=\"apart\"><title>2026-02: 4 at the source, 2 on the target</title>"))
    }

    @Test func `rows are counted by the month of their time in UTC`() {
        var comparison = RowComparison()
        for time in [
            "2026-01-31T23:59:59.999999Z", "2026-02-01T00:00:00Z", "2026-02-01T00:30:00+01:00", "x",
            "1969-12-31T23:00:00Z",
        ] {
            comparison.expect(RowPrint(digest: SampleRun.digest(1), role: "user", createdAt: time))
        }
        #expect(
            comparison.months
                == [("", 1), ("1969-12", 1), ("2026-01", 2), ("2026-02", 1)].map {
                    MonthTally(month: $0.0, expected: $0.1, found: 0)
                })
    }
}
