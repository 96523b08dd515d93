import LettaModel

/// Where two JSON values differ, by path.
enum FieldComparison {
    static func differences(
        expected: VerbatimJSON, found: VerbatimJSON, ignoring: Set<String>
    ) -> [FieldDifference] {
        expected == found ? [] : [FieldDifference(path: "", expected: nil, found: nil)]
    }
}
