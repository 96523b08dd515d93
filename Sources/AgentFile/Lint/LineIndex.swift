/// Byte offsets -> lines of a text that goes by in chunks.
///
/// **Bounds**: holds the newlines since the last line that was asked for,
/// so no more than lie in one element.
struct LineIndex {
    private var passed = 0
    private var position = 0
    private var newlines: [Int] = []
    private var start = 0

    mutating func feed(_ chunk: [UInt8]) {
        for (place, byte) in chunk.enumerated() where byte == UInt8(ascii: "\n") {
            newlines.append(position + place)
        }
        position += chunk.count
    }

    /// - Parameter offset: not before one that was asked for earlier.
    mutating func line(at offset: Int) -> Int {
        while start < newlines.count, newlines[start] < offset { start += 1 }
        let line = passed + start + 1
        if start > 4096 {
            newlines.removeFirst(start)
            passed += start
            start = 0
        }
        return line
    }
}

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
