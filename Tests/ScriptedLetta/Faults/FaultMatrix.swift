/// A misbehaviour by name, and what a migration must make of it.
public struct FaultCase: Sendable, CustomStringConvertible {
    /// In every case: nothing is called whole that is not.
    public enum Expectation: Sendable, Equatable {
        /// Worked round: the result is the same as without the fault.
        case succeeds
        /// Ends with one of these error codes.
        case fails([String])
        /// Whichever; but where it succeeds, the result is whole.
        case succeedsOrFails([String])
        /// Arrives, and says what is missing.
        case reportsLoss
    }

    /// Which end misbehaves.
    public enum End: Sendable, Equatable { case source, target }

    /// A sentence.
    public let name: String
    public let end: End
    public let mode: ServerMode
    public let faults: [Fault]
    public let expectation: Expectation

    public init(
        _ name: String, _ end: End, mode: ServerMode = .letta, _ faults: [Fault], _ expectation: Expectation
    ) {
        self.name = name
        self.end = end
        self.mode = mode
        self.faults = faults
        self.expectation = expectation
    }

    public var description: String { name }
}

/// Every fault that a migration is tried against.
public enum FaultMatrix {
    public static let all = strangers + pages + changes + exports + passages + imports + archives + commits

    private static let listing = "GET /v1/agents/{}/messages"
    private static let export = "GET /v1/agents/{}/export"
    private static let archival = "GET /v1/agents/{}/archival-memory"
    private static let search = "GET /v1/agents/{}/archival-memory/search"
    private static let upload = "POST /v1/agents/import"
    private static let batch = "POST /v1/archives/{}/passages/batch"

    // MARK: who answers

    /// What is no Letta server, or does not let us in.
    public static let strangers: [FaultCase] = [
        FaultCase("the source is a web page", .source, mode: .notLetta, [], .fails(["not-letta"])),
        FaultCase("the target is a web page", .target, mode: .notLetta, [], .fails(["not-letta"])),
        FaultCase("the source is an app server", .source, mode: .appServer, [], .fails(["app-server"])),
        FaultCase("the target is an app server", .target, mode: .appServer, [], .fails(["app-server"])),
        FaultCase(
            "the source refuses the token", .source, [Fault("*", .every, .refuse(status: 401))],
            .fails(["unauthorized"])),
        FaultCase(
            "the source asks to wait once", .source,
            [Fault(listing, .nth(2), .refuse(status: 429, retryAfter: 1))], .succeeds),
        FaultCase(
            "a proxy answers 502 with HTML once", .source,
            [Fault(listing, .nth(2), .refuse(status: 502, isHTML: true))], .succeeds),
    ]

    // MARK: the listing

    /// Pages of a history that fail, lie or break off.
    public static let pages: [FaultCase] = [
        FaultCase(
            "a page answers 500 once", .source, [Fault(listing, .nth(2), .refuse(status: 500))], .succeeds),
        FaultCase(
            "every page answers 500", .source, [Fault(listing, .every, .refuse(status: 500))],
            .fails(["server-error", "history-incomplete"])),
        FaultCase(
            "the connection is reset before a page", .source, [Fault(listing, .nth(2), .closeBeforeReading)],
            .succeeds),
        FaultCase(
            "a page breaks off once", .source, [Fault(listing, .nth(2), .closeMidBody(after: 700))], .succeeds
        ),
        FaultCase(
            "every page breaks off", .source, [Fault(listing, .from(2), .closeMidBody(after: 700))],
            .fails(["connection-lost"])),
        FaultCase(
            "a page stalls once", .source, [Fault(listing, .nth(2), .stallMidBody(after: 700))], .succeeds),
        FaultCase(
            "a page's JSON ends early once", .source, [Fault(listing, .nth(2), .truncateJSON(keeping: 900))],
            .succeedsOrFails(["answer-not-understood"])),
        FaultCase(
            "every page's JSON ends early", .source, [Fault(listing, .from(2), .truncateJSON(keeping: 900))],
            .fails(["answer-not-understood"])),
        FaultCase(
            "a page is HTML", .source, [Fault(listing, .from(2), .html)],
            .fails(["answer-not-understood", "not-letta"])),
        FaultCase(
            "a page is an object", .source, [Fault(listing, .from(2), .wrongShape)],
            .fails(["answer-not-understood"])),
        FaultCase(
            "a page calls itself text", .source, [Fault(listing, .every, .wrongContentType("text/plain"))],
            .succeeds),
        FaultCase(
            "a page repeats once", .source, [Fault(listing, .nth(3), .repeatPreviousPage)],
            .succeedsOrFails(["page-repeated"])),
        FaultCase(
            "a page repeats for ever", .source, [Fault(listing, .from(4), .repeatPreviousPage)],
            .fails(["page-repeated", "history-incomplete"])),
        FaultCase(
            "a page in the middle is left out", .source, [Fault(listing, .nth(3), .skipPage)],
            .succeedsOrFails(["history-incomplete", "source-changed"])),
        FaultCase("order is ignored", .source, [Fault(listing, .every, .ignoreOrder)], .succeeds),
        FaultCase(
            "order is reversed", .source, [Fault(listing, .every, .reverseOrder)],
            .succeedsOrFails(["page-order-ignored", "history-incomplete", "page-repeated"])),
        FaultCase(
            "a cursor vanishes once", .source, [Fault(listing, .nth(3), containing: "after=", .vanishCursor)],
            .succeeds),
        FaultCase(
            "every cursor vanishes", .source,
            [Fault(listing, .every, containing: "after=message", .vanishCursor)],
            .fails(["cursor-vanished"])),
        FaultCase("pages are cut to seven rows", .source, [Fault(listing, .every, .capLimit(7))], .succeeds),
        FaultCase(
            "a row poisons its page", .source, [Fault(listing, .every, .poisonRow(at: 17))], .reportsLoss),
    ]

    // MARK: a living source

    /// The source changes while it is read.
    public static let changes: [FaultCase] = [
        FaultCase(
            "a row arrives while pages are read", .source, [Fault(listing, .nth(3), .change(.appendRow))],
            .succeedsOrFails(["source-changed"])),
        FaultCase(
            "a row appears before the last one", .source,
            [Fault(listing, .nth(3), .change(.insertRow(beforeLast: 2)))],
            .succeedsOrFails(["source-changed"])),
        FaultCase(
            "the system row is rewritten", .source, [Fault(listing, .nth(3), .change(.rewriteSystemRow))],
            .succeedsOrFails(["source-changed"])),
        FaultCase(
            "a block is edited", .source,
            [Fault(listing, .nth(3), .change(.patchFirstBlock("Edited meanwhile.")))],
            .succeedsOrFails(["source-changed"])),
        FaultCase(
            "the agent is renamed", .source, [Fault(listing, .nth(3), .change(.rename("Ada II")))],
            .succeedsOrFails(["source-changed"])),
        FaultCase(
            "a passage is added", .source, [Fault(listing, .nth(3), .change(.addPassage))],
            .succeedsOrFails(["source-changed"])),
        FaultCase(
            "the agent is deleted", .source, [Fault(listing, .nth(3), .change(.deleteAgent))],
            .fails(["agent-unknown", "source-changed", "cursor-vanished"])),
    ]

    // MARK: exports and readers

    /// The native reader of history fails or stays behind.
    public static let exports: [FaultCase] = [
        FaultCase(
            "an export answers 500 once", .source, [Fault(export, .nth(2), .refuse(status: 500))], .succeeds),
        FaultCase(
            "an export breaks off once", .source, [Fault(export, .nth(2), .closeMidBody(after: 2000))],
            .succeeds),
        FaultCase(
            "a reader cannot be made", .source, [Fault("POST /v1/agents/", .every, .refuse(status: 403))],
            .reportsLoss),
        FaultCase(
            "a reader is made and the answer is lost", .source,
            [Fault("POST /v1/agents/", .nth(1), .workThenClose)],
            .succeeds),
        FaultCase(
            "a reader is made and the server answers 500", .source,
            [Fault("POST /v1/agents/", .nth(1), .workThenRefuse(status: 500))], .succeeds),
        FaultCase(
            "a reader's deletion fails once", .source,
            [Fault("DELETE /v1/agents/{}", .nth(1), .refuse(status: 500))],
            .succeeds),
        FaultCase(
            "a reader cannot be deleted", .source,
            [Fault("DELETE /v1/agents/{}", .every, .refuse(status: 500))],
            .succeedsOrFails(["reader-left-behind"])),
    ]

    // MARK: passages of the source

    /// Archival memory that fails or ends early.
    public static let passages: [FaultCase] = [
        FaultCase(
            "a page of passages answers 500 once", .source, [Fault(archival, .nth(1), .refuse(status: 500))],
            .succeeds),
        FaultCase(
            "a page of passages breaks off", .source, [Fault(archival, .nth(1), .closeMidBody(after: 60000))],
            .succeeds),
        FaultCase(
            "a page of passages repeats", .source, [Fault(archival, .from(2), .repeatPreviousPage)],
            .succeedsOrFails(["page-repeated", "history-incomplete"])),
        FaultCase(
            "the search of passages is refused", .source, [Fault(search, .every, .refuse(status: 400))],
            .succeeds),
        FaultCase(
            "the search of passages is HTML", .source, [Fault(search, .every, .html)],
            .succeedsOrFails(["answer-not-understood"])),
    ]

    // MARK: the import

    /// Uploads that were done, or not, or half.
    public static let imports: [FaultCase] = [
        FaultCase(
            "the import is not done and answers 500", .target, [Fault(upload, .nth(1), .refuse(status: 500))],
            .succeeds),
        FaultCase(
            "the import is done and answers 500", .target,
            [Fault(upload, .nth(1), .workThenRefuse(status: 500))], .succeeds),
        FaultCase(
            "the import is done and a proxy answers 504", .target,
            [Fault(upload, .nth(1), .workThenRefuse(status: 504))],
            .succeeds),
        FaultCase(
            "the import is done and never answered", .target, [Fault(upload, .nth(1), .workThenHang)],
            .succeeds),
        FaultCase(
            "the import is done and the connection lost", .target, [Fault(upload, .nth(1), .workThenClose)],
            .succeeds),
        FaultCase(
            "the import is not read at all", .target, [Fault(upload, .nth(1), .closeBeforeReading)], .succeeds
        ),
        FaultCase(
            "the import is seen half done", .target,
            [Fault(upload, .nth(1), .workInStages(milliseconds: 300))], .succeeds),
        FaultCase(
            "the import is seen half done and its answer lost", .target,
            [
                Fault(upload, .nth(1), .workInStages(milliseconds: 300)),
                Fault(upload, .nth(1), .workThenClose),
            ], .succeeds),
        FaultCase(
            "the import is done long after", .target, [Fault(upload, .nth(1), .workLate(milliseconds: 1500))],
            .succeeds),
        FaultCase(
            "the import is refused", .target, [Fault(upload, .every, .refuse(status: 400))],
            .fails(["import-refused"])),
        FaultCase(
            "a proxy finds the import too large", .target,
            [Fault(upload, .every, .refuse(status: 413, isHTML: true))], .fails(["import-refused"])),
    ]

    // MARK: archives

    /// Archives and batches of passages whose outcome is unknown.
    public static let archives: [FaultCase] = [
        FaultCase(
            "the archive is made and the answer is 500", .target,
            [Fault("POST /v1/archives/", .nth(1), .workThenRefuse(status: 500))], .succeeds),
        FaultCase(
            "the archive is made and the answer is lost", .target,
            [Fault("POST /v1/archives/", .nth(1), .workThenClose)], .succeeds),
        FaultCase(
            "the archive's attachment answers 500 once", .target,
            [Fault("PATCH /v1/agents/{}/archives/attach/{}", .nth(1), .refuse(status: 500))], .succeeds),
        FaultCase(
            "a batch is not done and answers 500", .target, [Fault(batch, .nth(1), .refuse(status: 500))],
            .succeeds),
        FaultCase(
            "a batch is done and answers 500", .target, [Fault(batch, .nth(1), .workThenRefuse(status: 500))],
            .succeeds),
        FaultCase(
            "a batch is done and the connection lost", .target, [Fault(batch, .nth(1), .workThenClose)],
            .succeeds),
        FaultCase(
            "a batch's answer breaks off", .target, [Fault(batch, .nth(1), .closeMidBody(after: 5000))],
            .succeeds),
        FaultCase(
            "a batch is done long after", .target, [Fault(batch, .nth(1), .workLate(milliseconds: 800))],
            .succeeds),
        FaultCase(
            "every batch is refused", .target, [Fault(batch, .every, .refuse(status: 500))],
            .fails(["load-incomplete", "outcome-unknown", "server-error"])),
    ]

    // MARK: the end

    /// The last writes, and the reads that prove them.
    public static let commits: [FaultCase] = [
        FaultCase(
            "the last patch is done and answers 500", .target,
            [Fault("PATCH /v1/agents/{}", .nth(1), .workThenRefuse(status: 500))], .succeeds),
        FaultCase(
            "the last patch is lost once", .target, [Fault("PATCH /v1/agents/{}", .nth(1), .workThenClose)],
            .succeeds),
        FaultCase(
            "the target loses a row before it is verified", .target,
            [Fault(listing, .nth(1), .change(.deleteRow(at: 5)))],
            .fails(["different", "load-incomplete", "outcome-unknown"])),
        FaultCase(
            "the target changes a block before it is verified", .target,
            [
                // Before that they are compared and repaired.
                Fault(
                    "GET /v1/agents/{}/core-memory/blocks", .nth(3),
                    .change(.patchFirstBlock("Changed behind our back.")))
            ],
            .fails(["different"])),
        FaultCase(
            "a page of the target breaks off once", .target,
            [Fault(listing, .nth(1), .closeMidBody(after: 700))], .succeeds),
    ]
}
