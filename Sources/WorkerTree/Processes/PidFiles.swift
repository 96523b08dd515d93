/// The pid file, to be told of and never to be believed.
enum PidFiles {
    static func find(_ worker: Worker, _ check: RunningCheck) -> RunningFacts.PidFile? {
        let pids = Set(check.runners(of: worker).map(\.pid))
        let file = worker.files.first { $0.path.hasSuffix(".pid") && $0.shape == .file }
        return file.map { file in
            let bytes = (try? SystemFile.bytes(of: file.path, limit: 64)) ?? []
            let pid = Int(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
            return RunningFacts.PidFile(
                path: file.path, pid: pid, isTrue: pid.map(pids.contains) ?? false)
        }
    }
}
