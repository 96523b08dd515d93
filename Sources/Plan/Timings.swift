/// Times and sizes measured on Letta 0.16.8 with Postgres on two cores;
/// an estimate is built from them.
enum Timings {
    /// Seconds for a page of 1,000 rows.
    static let listPage = 0.11
    static let rowsPerPage = 1000
    /// Seconds and rows for a slice through the reader agent: show, export.
    static let nativeSlice = 0.7
    static let rowsPerSlice = 2000
    /// Seconds for each row and each byte of an import.
    static let importRow = 0.0006
    static let importByte = 0.03 / 1_000_000
    /// Seconds for a passage with others, and alone.
    static let batchedPassage = 0.0045
    static let singlePassage = 0.082
    /// Seconds for a page of 100 passages with their embeddings.
    static let passagePage = 0.3
    static let passagesPerPage = 100
    /// Bytes of embedding that ride with each passage of a listing or an answer.
    static let embedding = 39_000
    /// Bytes of a row in export form where they are not known.
    static let row = 640
    static let listedRow = 740
    static let passage = 400
    /// A small read or write, seconds and bytes.
    static let small = 0.02
    static let smallBytes = 4000

    /// Seconds after which reverse proxies give up on an answer.
    static let proxySeconds = 60.0
    /// Bytes of a body that nginx takes unless told otherwise.
    static let proxyBody = 1_000_000
}
