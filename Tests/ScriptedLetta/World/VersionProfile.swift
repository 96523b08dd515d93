/// What differs between Letta versions, as data.
/// Source: 0.11.7 to 0.16.8, run side by side.
public struct VersionProfile: Sendable {
    public enum ExportedRows: Sendable {
        /// 0.16.5 and later.
        case inContext
        /// The oldest 50 and those in context; 0.12.0 to 0.16.4.
        case oldestFiftyAndContext
        /// 500 where there are more than 50 rows; 0.11.7.
        case upToFifty
    }

    public var version: String
    /// `order` exists on the message listing and is obeyed.
    public var ordersListing = true
    /// Conversations exist, and `conversation_id` on the message listing.
    public var hasConversations = true
    public var forksConversations = true
    public var hasArchives = true
    public var hasPassageBatches = true
    public var searchesPassages = true
    public var exportedRows = ExportedRows.inContext
    /// Rows of the reader itself that ride along in its export.
    public var readerRowsRideAlong = 0
    public var defaultMessageLimit = 100
    /// nil: all.
    public var defaultPassageLimit: Int? = 100
    public var importFields: [String] = VersionProfile.newestImportFields
    public var toolKeys: [String] = VersionProfile.newestToolKeys
    public var agentTypes: [String] = VersionProfile.newestAgentTypes
    public var hasOpenAPI = true
    /// The alembic head that exports carry.
    public var revision = Stock.revision

    public static let v0_16_8 = VersionProfile(version: "0.16.8")

    public static let v0_16_4: VersionProfile = {
        var profile = VersionProfile(version: "0.16.4")
        profile.exportedRows = .oldestFiftyAndContext
        profile.forksConversations = false
        profile.readerRowsRideAlong = 1
        profile.revision = "a1b2c3d4e5f8"
        return profile
    }()

    public static let v0_13_0: VersionProfile = {
        var profile = VersionProfile(version: "0.13.0")
        profile.hasConversations = false
        profile.forksConversations = false
        profile.hasPassageBatches = false
        profile.searchesPassages = false
        profile.exportedRows = .oldestFiftyAndContext
        profile.readerRowsRideAlong = 2
        profile.defaultPassageLimit = nil
        profile.importFields = newestImportFields.filter {
            !["secrets", "name", "embedding", "model", "override_model_handle"].contains($0)
        }
        profile.toolKeys = newestToolKeys.filter { $0 != "project_id" }
        profile.revision = "f6cd5a1e519d"
        return profile
    }()

    public static let v0_11_7: VersionProfile = {
        var profile = v0_13_0
        profile.version = "0.11.7"
        profile.ordersListing = false
        profile.hasArchives = false
        profile.exportedRows = .upToFifty
        profile.defaultMessageLimit = 10
        profile.importFields = profile.importFields.filter { $0 != "override_name" }
        profile.toolKeys = profile.toolKeys.filter { $0 != "enable_parallel_execution" }
        profile.agentTypes = newestAgentTypes.filter { $0 != "letta_v1_agent" }
        profile.revision = "ddb69be34a72"
        return profile
    }()

    static let newestImportFields = [
        "file", "override_existing_tools", "strip_messages", "secrets", "name", "embedding", "model",
        "append_copy_suffix", "override_name", "override_embedding_handle", "override_model_handle",
        "project_id",
        "env_vars_json",
    ]

    static let newestToolKeys = [
        "id", "tool_type", "description", "source_type", "name", "tags", "source_code", "json_schema",
        "args_json_schema", "return_char_limit", "pip_requirements", "npm_requirements",
        "default_requires_approval",
        "enable_parallel_execution", "created_by_id", "last_updated_by_id", "metadata_", "project_id",
    ]

    static let newestAgentTypes = [
        "memgpt_agent", "memgpt_v2_agent", "letta_v1_agent", "react_agent", "workflow_agent",
        "split_thread_agent",
        "sleeptime_agent", "voice_convo_agent", "voice_sleeptime_agent",
    ]
}
