import LettaModel
import LosslessJSON
import Report
import Testing
import Verify

struct FormTests {
    @Test func `the last line of the text is the verdict`() async throws {
        let verdict = try await SampleRun.verdict()
        let lines = Report(verdict: verdict).text().split(whereSeparator: \.isNewline)
        #expect(lines.last.map(String.init) == verdict.sentence)
    }

    @Test func `no colour is written unless asked for`() async throws {
        let report = Report(verdict: try await SampleRun.verdict())
        #expect(!report.text().contains("\u{1B}"))
        #expect(report.text(Report.TextStyle(isColoured: true)).contains("\u{1B}[33m"))
    }

    @Test func `a page loads nothing and runs nothing`() async throws {
        let html = Report(run: try await SampleRun.run(isSpoilt: true)).html()
        for word in ["<script", "src=", "href=", "@import", "url(", "onload"] {
            #expect(!html.contains(word))
        }
        #expect(html.contains("default-src 'none'"))
    }

    @Test func `content of the agent never becomes markup`() async throws {
        let report = Report(run: try await SampleRun.run(isSpoilt: true))
        #expect(!report.html().contains("<b>tomorrow"))
        #expect(report.html().contains("&lt;b&gt;tomorrow"))
        #expect(!report.markdown().contains("<b>tomorrow"))
        #expect(!report.html().contains("<tom@example.org>"))
    }

    @Test func `control characters of the agent never reach the terminal`() {
        var summary = SampleRun.failed
        summary.warnings = ["a\u{1B}[2Jb\u{202E}c\nd\u{7}e"]
        let text = Report(run: summary).text()
        #expect(text.contains("a [2Jb c d e"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func `excerpts are shown as far as was asked`() async throws {
        let run = try await SampleRun.run(isSpoilt: true)
        for (excerpts, hasDifference, hasAnnounced) in [
            (Excerpts.none, false, false), (.differences, true, false), (.all, true, true),
        ] {
            let report = Report(run: run, excerpts: excerpts)
            for form in [report.text(), report.json.text(), report.html()] {
                #expect(form.contains("tomorrow") == hasDifference, "\(excerpts)")
                let isAnnounced =
                    form.contains("error\"}") || form.contains("error\\\"}") || form.contains("error&quot;}")
                #expect(isAnnounced == hasAnnounced, "\(excerpts)")
            }
        }
    }

    @Test func `every form names every difference`() async throws {
        let run = try await SampleRun.run(isSpoilt: true)
        let report = Report(run: run)
        for difference in run.verdict?.differences ?? [] {
            for form in [report.text(Report.TextStyle(width: 200)), report.html(), report.json.text()] {
                #expect(form.contains(difference.item))
            }
        }
        #expect(run.verdict?.differences.count == 3)
    }

    @Test func `the schema of each JSON form is named`() async throws {
        #expect(SampleRun.plan.json(SampleRun.choices)["schema"] == "ferry.plan/1")
        #expect(try await SampleRun.verdict().json()["schema"] == "ferry.verdict/1")
        #expect(SampleRun.failed.json()["schema"] == "ferry.report/1")
        let progress = Progress(stage: "capture", unit: "messages", done: 1, total: nil, seconds: 0)
        #expect(progress.json["schema"] == "ferry.progress/1")
    }
}

struct ProgressTests {
    @Test(arguments: [
        (
            Progress(stage: "capture", unit: "messages", done: 3120, total: 4812, seconds: 7.4),
            "capture    3,120 of 4,812 messages  64%  422/s  5 s left"
        ),
        (
            Progress(stage: "verify", unit: "passages", done: 12, total: nil, seconds: 0.1),
            "verify     12 passages"
        ),
        (
            Progress(stage: "passages", unit: "passages", done: 60, total: 60, seconds: 2),
            "passages   60 of 60 passages  100%  30/s"
        ),
        (Progress(stage: "import", unit: "bytes", done: 0, total: 0, seconds: 0), "import     0 of 0 bytes"),
    ])
    func `progress is one line`(_ progress: Progress, _ line: String) {
        #expect(progress.line == line)
    }
}

struct MeasureTests {
    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1550, "1.6 kB"), (9960, "10 kB"), (204_800, "205 kB"),
        (999_700, "1 MB"), (3_200_000, "3.2 MB"), (109_000_000, "109 MB"), (2_000_000_000_000, "2 TB"),
    ])
    func `bytes are read by people`(_ count: Int, _ text: String) { #expect(Measures.bytes(count) == text) }

    @Test(arguments: [
        (0.0, "0 ms"), (0.04, "40 ms"), (0.9999, "1 s"), (3.44, "3.4 s"), (59.4, "59 s"), (59.9, "1 min"),
        (125, "2 min 5 s"), (4320, "1 h 12 min"), (7199, "2 h"),
    ])
    func `durations are read by people`(_ seconds: Double, _ text: String) {
        #expect(Measures.duration(seconds: seconds) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
    func `thousands are set apart`(_ number: Int, _ text: String) { #expect(number.grouped == text) }
}
