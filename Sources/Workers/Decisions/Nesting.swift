import LettaModel

/// The new folder inside the old one would become part of its own copy; the
/// other way round it would take in what it was made from.
struct Nesting {
    let source: Place
    let destination: Place

    init(_ order: WorkersOrder) {
        source = Place(order.path)
        destination = Place(order.destination)
    }

    var refusals: [Failure] {
        guard source.host == destination.host else { return [] }
        let (from, to) = (real(source), real(destination))
        guard from == to || Self.isInside(to, from) || Self.isInside(from, to) else { return [] }
        let words =
            from == to
            ? "is the tree itself" : Self.isInside(to, from) ? "lies in the tree" : "holds the tree"
        return [
            Failure(
                .usage, subject: destination.path, reason: "\(words) that is to be moved, \(source.path)",
                remedy: "name a folder beside it with --to", end: .target)
        ]
    }

    private static func isInside(_ path: String, _ folder: String) -> Bool {
        folder == "/" || path.hasPrefix(folder + "/")
    }

    /// Without links as far as it is there; `.` and `..` taken out. Of another
    /// machine only the words.
    private func real(_ place: Place) -> String {
        var parts = place.path.split(separator: "/").map(String.init)
        var missing: [String] = []
        while !parts.isEmpty {
            if place.host == nil, let found = FileKind.resolved("/" + parts.joined(separator: "/")) {
                return Self.joined(found.split(separator: "/").map(String.init) + missing)
            }
            missing.insert(parts.removeLast(), at: 0)
        }
        return Self.joined(missing)
    }

    private static func joined(_ parts: [String]) -> String {
        let kept = parts.reduce(into: [String]()) { kept, part in
            if part == ".." { _ = kept.popLast() } else if part != "." { kept.append(part) }
        }
        return "/" + kept.joined(separator: "/")
    }
}
