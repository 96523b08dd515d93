/// The difference of two texts, as `diff -u` writes it.
enum LineDiff {
    static func unified(_ old: String, _ new: String, path: String, context: Int = 3) -> String {
        guard old != new else { return "" }
        let lines = edits(lines(old), lines(new))
        var text = "--- \(old.isEmpty ? "/dev/null" : path)\n+++ \(path)\n"
        for hunk in hunks(lines, context) {
            let part = lines[hunk]
            let before = lines[..<hunk.lowerBound]
            let (first, second) = (before.count { $0.sign != "+" }, before.count { $0.sign != "-" })
            let (count, other) = (part.count { $0.sign != "+" }, part.count { $0.sign != "-" })
            text +=
                "@@ -\(count == 0 ? first : first + 1),\(count) +\(other == 0 ? second : second + 1),\(other) @@\n"
            text += part.map { "\($0.sign)\($0.text)\n" }.joined()
        }
        return text
    }

    private struct Line {
        let sign: Character
        let text: Substring
    }

    private static func lines(_ text: String) -> [Substring] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.last == "" ? lines.dropLast() : lines
    }

    private static func edits(_ old: [Substring], _ new: [Substring]) -> [Line] {
        let difference = new.difference(from: old)
        var (gone, come): (Set<Int>, Set<Int>) = ([], [])
        for change in difference {
            switch change {
            case .remove(let offset, _, _): gone.insert(offset)
            case .insert(let offset, _, _): come.insert(offset)
            }
        }
        var result: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, gone.contains(left) {
                result.append(Line(sign: "-", text: old[left]))
                left += 1
            } else if right < new.count, come.contains(right) {
                result.append(Line(sign: "+", text: new[right]))
                right += 1
            } else {
                result.append(Line(sign: " ", text: old[left]))
                (left, right) = (left + 1, right + 1)
            }
        }
        return result
    }

    private static func hunks(_ lines: [Line], _ context: Int) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for index in lines.indices where lines[index].sign != " " {
            let around = max(0, index - context)..<min(lines.count, index + context + 1)
            if let last = hunks.last, last.upperBound >= around.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<around.upperBound
            } else {
                hunks.append(around)
            }
        }
        return hunks
    }
}
