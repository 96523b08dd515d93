import LettaModel

/// What links lead to, said of each that does not stay where it is.
enum LinkCheck {
    static func notes(_ entries: [TreeEntry], root: String, workers: [Worker]) -> [TreeNote] {
        entries.compactMap { entry in
            guard case .link(let target) = entry.shape,
                // What it leads to is looked at as the worker's database.
                !workers.contains(where: { $0.database?.linkedFrom == entry.path })
            else { return nil }
            return note(entry.path, target, root, workers)
        }
    }

    private static func note(_ path: String, _ target: String, _ root: String, _ workers: [Worker])
        -> TreeNote?
    {
        let real: String
        do {
            real = try SystemFile.realPath(path)
        } catch {
            let isAbsent = (error as? SystemFile.Refused)?.isAbsent ?? false
            return isAbsent
                ? TreeNote(
                    "link-dangling", .warning, subject: path, text: "leads to \(target), which is not there")
                : TreeNote("link-ring", .warning, subject: path, text: "leads to \(target), in a ring")
        }
        if Paths.isInside(path, real) || real == path {
            return TreeNote("link-ring", .warning, subject: path, text: "leads to \(target), in a ring")
        }
        guard real == root || Paths.isInside(real, root) else {
            return TreeNote(
                "link-outside", .warning, subject: path, text: "leads out of the tree, to \(target)",
                remedy:
                    "what it leads to is not looked at: ferry workers inspect \(ShellWord.quoted(real)), if it is a worker"
            )
        }
        return crossing(path, target, real, workers)
    }

    private static func crossing(_ path: String, _ target: String, _ real: String, _ workers: [Worker])
        -> TreeNote?
    {
        func owner(_ path: String) -> String? {
            workers.lazy.compactMap(\.agentFolder).first { Paths.isInside(path, $0) || path == $0 }
        }
        guard let here = owner(path), let there = owner(real), here != there else { return nil }
        return TreeNote(
            "link-across-agents", .warning, subject: path,
            text: "leads to \(target), in the folder of another agent",
            remedy: "move both agents, or put a copy in its place")
    }
}
