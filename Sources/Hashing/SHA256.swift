import CCrypto
public import LettaModel

/// A running SHA-256. One owner; the state is freed with it.
public struct SHA256: ~Copyable {
    /// Fetched once: looking it up takes longer than hashing a message.
    ///
    /// SAFETY: a fetched EVP_MD is never changed or freed, and OpenSSL lets
    /// any number of threads use it.
    private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    private let state: OpaquePointer

    public init() {
        guard let state = EVP_MD_CTX_new() else { fatalError("libcrypto has no memory for a digest") }
        self.state = state
        start()
    }

    deinit { EVP_MD_CTX_free(state) }

    private func start() {
        guard EVP_DigestInit_ex(state, SHA256.algorithm, nil) == 1 else {
            fatalError("libcrypto offers no SHA-256")
        }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(state, bytes.baseAddress, bytes.count)
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of all bytes so far; the next update starts a new one.
    public mutating func finish() -> ContentDigest {
        let bytes = [UInt8](unsafeUninitializedCapacity: 32) { bytes, count in
            EVP_DigestFinal_ex(state, bytes.baseAddress, nil)
            count = 32
        }
        start()
        return ContentDigest(bytes: bytes)
    }
}
