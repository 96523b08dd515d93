import LettaModel

/// Counts requests, bytes and seconds of each stage.
struct CostPlanner {
    let source: SourceInventory
    let target: TargetFacts
    let load: LoadPlan

    var estimate: CostEstimate {
        CostEstimate(
            stages: [capture, upload, passages, verify].compactMap(\.self),
            embeddings: isInArchive ? 0 : source.passages.count,
            embeddingTokens: isInArchive ? 0 : source.passages.roughTokens,
            warnings: warnings)
    }

    /// The passages are in an archive of the target already.
    private var isInArchive: Bool {
        load.steps.contains { if case .attachArchive = $0 { true } else { false } }
    }

    private var rowBytes: Int { source.rows.bytes > 0 ? source.rows.bytes : source.rows.count * Timings.row }

    private var passageBytes: Int {
        source.passages.bytes > 0 ? source.passages.bytes : source.passages.count * Timings.passage
    }

    private static func ceiling(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }

    /// Nothing is fetched where a file is loaded.
    private var capture: CostEstimate.Stage? {
        guard case .server = source.origin else { return nil }
        return reading("capture", native: source.rows.reader == .native, passagesInFull: true)
    }

    private var verify: CostEstimate.Stage {
        reading("verify", native: target.abilities.readsNative, passagesInFull: false)
    }

    private func reading(_ name: String, native: Bool, passagesInFull: Bool) -> CostEstimate.Stage {
        let small = 8 + source.blocks.count + source.identities.count
        let pages = Self.ceiling(source.rows.count, Timings.rowsPerPage) + 2
        let slices = native ? Self.ceiling(source.rows.count, Timings.rowsPerSlice) : 0
        let passagePages = Self.ceiling(source.passages.count, Timings.passagesPerPage)
        let requests =
            small + pages + (native ? slices * 2 + 2 : 0)
            + (passagesInFull ? passagePages : min(1, passagePages))
        let perPassage = passagesInFull ? Timings.embedding : 0
        let bytes =
            small * Timings.smallBytes + source.rows.count * Timings.listedRow + (native ? rowBytes : 0)
            + passageBytes + source.passages.count * perPassage
        let seconds =
            Double(small) * Timings.small + Double(pages) * Timings.listPage + Double(slices)
            * Timings.nativeSlice
            + Double(passagesInFull ? passagePages : 0) * Timings.passagePage
        return CostEstimate.Stage(name: name, requests: requests, bytes: bytes, seconds: seconds)
    }

    private var importBytes: Int { load.agentImport?.bytes ?? rowBytes }

    private var importSeconds: Double {
        Double(source.rows.count) * Timings.importRow + Double(importBytes) * Timings.importByte
    }

    private var upload: CostEstimate.Stage {
        let tools =
            load.steps.contains { if case .createTool = $0 { true } else { false } } || load.overridesTools
        let requests = 1 + (tools ? 2 : 1) + 2 + source.identities.count * 2
        return CostEstimate.Stage(
            name: "import", requests: requests, bytes: importBytes + requests * Timings.smallBytes,
            seconds: importSeconds + Double(requests) * Timings.small)
    }

    private var passages: CostEstimate.Stage? {
        let inserts = load.steps.compactMap {
            if case .insertPassages(let insert) = $0 { insert } else { nil }
        }
        guard let insert = inserts.first, insert.passages > 0 else { return nil }
        let each = insert.isBatched ? Timings.batchedPassage : Timings.singlePassage
        return CostEstimate.Stage(
            name: "passages", requests: insert.requests + 2,
            bytes: passageBytes + insert.passages * Timings.embedding, seconds: Double(insert.passages) * each
        )
    }

    // MARK: Warnings

    private var warnings: [String] { [slowImport, bigImport, narrowContext].compactMap(\.self) }

    private var slowImport: String? {
        guard importSeconds > Timings.proxySeconds / 2 else { return nil }
        let time = Measures.duration(seconds: importSeconds)
        return "the import is one request of about \(time); a reverse proxy usually gives up after 60 s "
            + "(nginx: proxy_read_timeout)"
    }

    private var bigImport: String? {
        guard importBytes > Timings.proxyBody, !target.server.isLoopback else { return nil }
        return "the import sends \(Measures.bytes(importBytes)) in one request; "
            + "nginx refuses more than 1 MB unless client_max_body_size is raised"
    }

    private var narrowContext: String? {
        guard let tokens = source.agent.contextTokens, let handle = load.agentImport?.model,
            let window = target.models?.first(where: { $0.handle == handle })?.contextWindow, window < tokens
        else { return nil }
        return "the restored context has about \(tokens.counted("token")), "
            + "the window of \(handle) on the target has \(window.grouped): the first turn will compact it"
    }
}

extension ServerFacts {
    /// Nothing stands between here and the server.
    var isLoopback: Bool { ["127.0.0.1", "localhost", "[::1]"].contains(host) }

    /// Host without port, lower case.
    var host: String {
        let rest = url.lowercased().split(separator: "//", maxSplits: 1).last ?? ""
        let authority = rest.prefix { $0 != "/" }
        if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }) + "]" }
        return String(authority.prefix { $0 != ":" })
    }
}
