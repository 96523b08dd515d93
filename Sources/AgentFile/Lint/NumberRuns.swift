/// Numbers that were seen; a run of numbers costs no more than one.
struct NumberRuns {
    private var runs: [ClosedRange<Int>] = []

    /// - Returns: false where the number was seen before.
    mutating func insert(_ number: Int) -> Bool {
        guard let last = runs.last else {
            runs = [number...number]
            return true
        }
        if number == last.upperBound + 1 {
            runs[runs.count - 1] = last.lowerBound...number
            return true
        }
        return number > last.upperBound ? append(number) : insertBelow(number)
    }

    private mutating func append(_ number: Int) -> Bool {
        runs.append(number...number)
        return true
    }

    private mutating func insertBelow(_ number: Int) -> Bool {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        guard !runs[low].contains(number) else { return false }
        runs.insert(number...number, at: low)
        return true
    }
}
