/// The one spelling that all texts of a value share: members sorted by the
/// bytes of their decoded keys, strings with as few escapes as can be,
/// numbers by mathematical value (`1.0`, `1`, `10e-1` are one; `-0` is `0`),
/// the last of members with the same key, no white space.
///
/// A lone surrogate stays an escape, so that it differs from U+FFFD.
public enum Canonical {
    /// Writes the canonical form piece by piece.
    ///
    /// - Parameters:
    ///   - keys: members of the value itself (not of values inside it) that
    ///     are left out.
    ///   - sink: takes the pieces in order; each is valid during the call.
    public static func write(
        _ value: JSONValue, dropping keys: Set<String> = [], into sink: (UnsafeRawBufferPointer) -> Void
    ) {
        withoutActuallyEscaping(sink) { sink in
            var writer = CanonicalWriter(value.text, sink)
            writer.write(value, dropping: keys)
            writer.close()
        }
    }

    public static func bytes(_ value: JSONValue, dropping keys: Set<String> = []) -> [UInt8] {
        var bytes: [UInt8] = []
        write(value, dropping: keys) { bytes.append(contentsOf: $0) }
        return bytes
    }
}
