import LettaModel
import LosslessJSON

/// The tool server that a tool belongs to, by the tool's own metadata.
enum ToolOrigin {
    static func server<Side>(_ tool: Tool<Side>) -> String? {
        guard tool.toolType == "external_mcp", let json = try? JSONDocument(tool.json).root else {
            return nil
        }
        let metadata = json["metadata_"] ?? json["metadata"]
        if let name = metadata?["mcp"]?["server_name"]?.string { return name }
        let tag = json["tags"]?.elements.compactMap(\.string).first { $0.hasPrefix("mcp:") }
        return tag.map { String($0.dropFirst(4)) }
    }
}
