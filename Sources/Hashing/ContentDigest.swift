public import LettaModel
public import LosslessJSON

extension ContentDigest {
    /// The digest of the canonical form: equal for equal values, however
    /// they are spelled.
    ///
    /// - Parameter keys: members of the value itself (not of values inside
    ///   it) that are left out.
    public static func ofCanonical(_ value: JSONValue, dropping keys: Set<String> = []) -> ContentDigest {
        var hash = SHA256()
        Canonical.write(value, dropping: keys) { hash.update($0) }
        return hash.finish()
    }

    public static func ofBytes(_ bytes: [UInt8]) -> ContentDigest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }
}
