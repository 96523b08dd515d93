/// The nearest existing word to a mistyped one.
enum Suggestion {
    /// Nil where nothing is near enough to be meant.
    static func nearest(to word: String, among words: [String]) -> String? {
        let scored = words.map { ($0, distance(word, $0)) }
        guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
        return best.1 <= max(2, word.count / 3) ? best.0 : nil
    }

    /// Levenshtein's distance.
    static func distance(_ one: String, _ other: String) -> Int {
        let one = Array(one)
        let other = Array(other)
        var row = Array(0...other.count)
        for (i, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, against) in other.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (letter == against ? 0 : 1))
                diagonal = above
            }
        }
        return row[other.count]
    }
}
