import LettaModel
import LosslessJSON

/// What the source's file holds and ours does not.
enum LeftOut {
    static func omissions(_ parts: SourceParts) -> [Omission] {
        guard let shell = parts.shell else { return [] }
        let lists: [(key: String, kind: String, name: String, remedy: String)] = [
            ("groups", "group", "id", "make the group on the target by hand"),
            ("sources", "folder", "name", "make the folder on the target and upload its files"),
            ("files", "file", "file_name", "upload the file to a folder of the target"),
            ("mcp_servers", "mcp-server", "server_name", "make the server on the target, with its token"),
            ("skills", "skill", "name", "copy the skill by hand"),
        ]
        let others = (shell["agents"]?.elements ?? []).enumerated().filter { $0.offset != parts.agentIndex }
        let agents = others.map { place, agent in
            omission(
                "agent", agent["name"]?.string ?? "\(place)", "load the file again and choose that agent")
        }
        return agents
            + lists.flatMap { list in
                (shell[list.key]?.elements ?? []).map { item in
                    omission(
                        list.kind, item[list.name]?.string ?? item["id"]?.string ?? "unnamed", list.remedy)
                }
            }
    }

    private static func omission(_ kind: String, _ name: String, _ remedy: String) -> Omission {
        Omission(
            id: "\(kind):\(name)", class: .loss, item: "\(kind) \"\(name)\"",
            reason: "this version of Ferry moves the agent alone", remedy: remedy)
    }
}
