extension Response {
    /// How long the server asks to wait: `Retry-After` in seconds or as a
    /// date, which is compared with the server's own `Date`, so that clocks
    /// need not agree. Nil without the field, or if it makes no sense.
    public var retryAfter: Duration? {
        guard let text = header("retry-after") else { return nil }
        if let seconds = Double(text), seconds >= 0, seconds < 1e6 {
            return .milliseconds(Int64(seconds * 1000))
        }
        guard let until = HTTPDate.seconds(text), let now = header("date").flatMap({ HTTPDate.seconds($0) })
        else {
            return nil
        }
        return .seconds(max(0, until - now))
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
package enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970; nil for any other form.
    package static func seconds(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3]),
            (1970...9999).contains(year), let clock = clock(words[4])
        else { return nil }
        return days(year: year, month: month + 1, day: day) * 86_400 + clock
    }

    private static func clock(_ word: Substring) -> Int? {
        let parts = word.split(separator: ":").compactMap { UInt8($0) }.map { Int($0) }
        guard parts.count == 3, parts[0] < 24, parts[1] < 60, parts[2] <= 60 else { return nil }
        return parts[0] * 3600 + parts[1] * 60 + parts[2]
    }

    /// Days since 1970 in the Gregorian calendar; the year begins in March, so
    /// that a leap day is its last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
