import CCurl
import HTTP

/// What the engine's thread does from its first to its last moment.
final class CurlLoop {
    private let engine: CurlEngine
    private let multi: UnsafeMutableRawPointer
    private let clock = ContinuousClock()
    private var jobs: [ObjectIdentifier: CurlJob] = [:]
    private var jobsByHandle: [UnsafeMutableRawPointer: CurlJob] = [:]
    private var touched: [CurlJob] = []
    /// Kept, because making one costs more than resetting it.
    private var idleHandles: [UnsafeMutableRawPointer] = []
    /// No job can have stalled before.
    private var nextCheck: ContinuousClock.Instant?

    init(_ engine: CurlEngine, multi: UnsafeMutableRawPointer) {
        self.engine = engine
        self.multi = multi
        ferry_curl_set_multi_long(multi, CURLMOPT_MAXCONNECTS, engine.settings.keptConnections)
    }

    func run() {
        while let commands = engine.takeCommands() {
            for command in commands { obey(command) }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            deliverArrived()
            finishEnded()
            checkStalls()
            curl_multi_poll(multi, nil, 0, pollMilliseconds, nil)
        }
        end()
    }

    private func obey(_ command: CurlEngine.Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .cancel(let transfer):
            if let job = jobs[ObjectIdentifier(transfer)] { fail(job, .cancelled) }
        case .resume(let transfer): jobs[ObjectIdentifier(transfer)]?.readOn(at: clock.now)
        }
    }

    private func start(_ transfer: Transfer) {
        guard !transfer.isCancelled else { return transfer.finish(.failed(.cancelled)) }
        guard let easy = idleHandles.popLast() ?? curl_easy_init() else {
            return transfer.finish(.failed(HTTPError(.other, detail: "out of memory")))
        }
        let job = CurlJob(transfer, easy: easy, bound: engine.settings.bufferBound, at: clock.now) {
            [unowned self] in touched.append($0)
        }
        do throws(HTTPError) {
            try job.prepare(engine.settings)
        } catch {
            recycle(easy)
            return transfer.finish(.failed(error))
        }
        jobs[ObjectIdentifier(transfer)] = job
        jobsByHandle[easy] = job
        expectStall(of: job)
        curl_multi_add_handle(multi, easy)
    }

    private func deliverArrived() {
        guard !touched.isEmpty else { return }
        let now = clock.now
        // Reading on may make libcurl call back at once, which touches again.
        let arrivals = touched
        touched.removeAll(keepingCapacity: true)
        for job in arrivals where job.isTouched {
            job.lastProgress = now
            if job.deliver() { job.readOn(at: now) }
        }
    }

    private func finishEnded() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let job = jobsByHandle[message.pointee.easy_handle]
            else {
                continue
            }
            let outcome = ferry_curl_outcome(message)
            _ = job.deliver()
            remove(job, .complete, unless: outcome)
        }
    }

    private func remove(_ job: CurlJob, _ end: Transfer.End, unless outcome: CURLcode) {
        let end = outcome == CURLE_OK ? end : .failed(job.failure(outcome))
        release(job)
        job.transfer.finish(end)
    }

    private func fail(_ job: CurlJob, _ error: HTTPError) {
        let error = error.arriving(job.mayHaveArrived)
        release(job)
        job.transfer.finish(.failed(error))
    }

    private func release(_ job: CurlJob) {
        job.isTouched = false
        curl_multi_remove_handle(multi, job.easy)
        jobs[ObjectIdentifier(job.transfer)] = nil
        jobsByHandle[job.easy] = nil
        recycle(job.easy)
    }

    private func recycle(_ easy: UnsafeMutableRawPointer) {
        guard idleHandles.count < 32 else { return curl_easy_cleanup(easy) }
        curl_easy_reset(easy)
        idleHandles.append(easy)
    }

    // Stalls.

    private func expectStall(of job: CurlJob) {
        guard let deadline = job.stallDeadline() else { return }
        nextCheck = min(nextCheck ?? deadline, deadline)
    }

    private func checkStalls() {
        guard let due = nextCheck else { return }
        let now = clock.now
        guard now >= due else { return }
        nextCheck = nil
        for job in Array(jobs.values) {
            if let deadline = job.stallDeadline(), deadline <= now, !job.noticesUpload(at: now) {
                fail(job, .stalled(job.transfer.request.stall))
            } else {
                expectStall(of: job)
            }
        }
    }

    /// libcurl shortens it to its own deadlines; commands interrupt it.
    private var pollMilliseconds: Int32 {
        guard touched.isEmpty else { return 0 }
        guard let nextCheck else { return 60_000 }
        let left = clock.now.duration(to: nextCheck)
        return Int32(clamping: max(0, min(left.wholeMilliseconds, 60_000)))
    }

    // The end.

    private func end() {
        for case .start(let transfer) in engine.takeLastCommands() { transfer.finish(.failed(.shutDown)) }
        for job in Array(jobs.values) { fail(job, .shutDown) }
        for easy in idleHandles { curl_easy_cleanup(easy) }
        curl_multi_cleanup(multi)
        engine.announceStop()
    }
}
