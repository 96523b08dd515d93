/// Numbers as a person reads them.
public enum Measures {
    /// Decimal units: `640 B`, `3.2 MB`.
    public static func bytes(_ count: Int) -> String {
        guard count >= 1000 else { return "\(count) B" }
        var value = Double(count)
        var unit = ""
        for name in ["kB", "MB", "GB", "TB"] where value >= 999.5 || unit.isEmpty {
            value /= 1000
            unit = name
        }
        return "\(short(value)) \(unit)"
    }

    /// `40 ms`, `3.4 s`, `2 min 5 s`, `1 h 12 min`.
    public static func duration(seconds: Double) -> String {
        guard seconds >= 0.9995 else { return "\(Int((max(0, seconds) * 1000).rounded())) ms" }
        guard seconds >= 59.5 else { return "\(short(seconds)) s" }
        let whole = Int(seconds.rounded())
        guard whole >= 3600 else { return pair(whole / 60, "min", whole % 60, "s") }
        let minutes = (whole + 30) / 60
        return pair(minutes / 60, "h", minutes % 60, "min")
    }

    private static func pair(_ big: Int, _ bigUnit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(big.grouped) \(bigUnit)" : "\(big.grouped) \(bigUnit) \(small) \(smallUnit)"
    }

    /// One decimal below ten, none above.
    private static func short(_ value: Double) -> String {
        guard value < 9.95 else { return Int(value.rounded()).grouped }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
