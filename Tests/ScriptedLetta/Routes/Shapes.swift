import LosslessJSON

// How things of the world look in answers.
extension World {
    func shape(of agent: ScriptedAgent) -> JSONNode {
        let shownBlocks = order(agent.blockIDs).compactMap { blocks[$0] }.map { embeddedShape(of: $0) }
        let tools = agent.toolIDs.compactMap { self.tools[$0]?.json }
        let identities = agent.identityIDs.compactMap { self.identities[$0]?.json }
        let secrets = agent.secrets.map { Self.shape(of: $0, agent: agent.id) }
        var shown: JSONNode = [
            "created_by_id": .string(Stock.user), "last_updated_by_id": .string(Stock.user),
            "created_at": .string(agent.created.zulu), "updated_at": .string(agent.updated.zulu),
            "id": .string(agent.id), "name": .string(agent.name), "message_ids": .strings(agent.messageIDs),
            "agent_type": .string(agent.agentType), "model": agent.fields["llm_config"]?["handle"] ?? .null,
            "embedding": agent.fields["embedding_config"]?["handle"] ?? .null,
            "memory": [
                "agent_type": .string(agent.agentType), "git_enabled": false, "blocks": .array(shownBlocks),
                "file_blocks": [], "prompt_template": "",
            ],
            "blocks": .array(shownBlocks), "tools": .array(tools),
            "sources": .array(agent.sourceIDs.compactMap { folders[$0]?.json }), "tags": .strings(agent.tags),
            "tool_exec_environment_variables": .array(secrets), "secrets": .array(secrets),
            "identity_ids": .strings(agent.identityIDs), "identities": .array(identities),
            "pending_approval": nil,
            "multi_agent_group": group(of: agent.id), "managed_group": group(of: agent.id),
            "hidden": agent.isHidden.map { .bool($0) } ?? .null,
        ]
        for member in agent.fields.members ?? [] { shown[member.key] = member.value }
        return shown
    }

    func order(_ blockIDs: [String]) -> [String] {
        guard shufflesBlocks, !blockIDs.isEmpty else { return blockIDs }
        let start = shownBlocks % blockIDs.count
        return Array(blockIDs[start...] + blockIDs[..<start])
    }

    private func group(of agent: String) -> JSONNode {
        groups.all.first { $0.json["manager_agent_id"]?.string == agent }?.json ?? .null
    }

    private static func shape(of secret: ScriptedAgent.Secret, agent: String) -> JSONNode {
        // An empty value reads back like this.
        let value = secret.value.isEmpty ? "<encrypted>" : secret.value
        return [
            "created_by_id": nil, "last_updated_by_id": nil, "created_at": nil, "updated_at": nil,
            "id": .string("agent-env-" + agent.dropFirst(6)), "key": .string(secret.key),
            "value": .string(value),
            "description": nil, "organization_id": .string(Stock.organization), "value_enc": .string(value),
            "agent_id": .string(agent),
        ]
    }

    /// Tags are left out of copies that an agent shows.
    func embeddedShape(of block: ScriptedBlock) -> JSONNode { shape(of: block, tags: []) }

    func shape(of block: ScriptedBlock) -> JSONNode { shape(of: block, tags: block.tags) }

    private func shape(of block: ScriptedBlock, tags: [String]) -> JSONNode {
        var shape = block.fields
        shape["id"] = .string(block.id)
        shape["created_by_id"] = .null
        shape["last_updated_by_id"] = .null
        shape["tags"] = .strings(tags)
        return shape
    }

    func shape(of archive: ScriptedArchive) -> JSONNode {
        [
            "created_by_id": .string(Stock.user), "last_updated_by_id": .string(Stock.user),
            "created_at": .string(archive.created.zulu), "updated_at": .string(archive.created.zulu),
            "name": .string(archive.name), "description": .optional(archive.summary),
            "organization_id": .string(Stock.organization), "vector_db_provider": "native",
            "embedding_config": archive.embedding, "metadata": nil, "id": .string(archive.id),
        ]
    }

    /// - Parameter created: as it shall be shown: a batch echoes what was sent.
    func shape(of passage: ScriptedPassage, created: String) -> JSONNode {
        [
            "created_by_id": .string(Stock.user), "last_updated_by_id": .string(Stock.user),
            "created_at": .string(created), "updated_at": .string(passage.created.zulu), "is_deleted": false,
            "organization_id": .string(Stock.organization), "archive_id": .string(passage.archiveID),
            "source_id": nil, "file_id": nil, "file_name": nil, "metadata": passage.metadata,
            "tags": .strings(passage.tags), "id": .string(passage.id), "text": .string(passage.text),
            "embedding": .verbatim(Embedding.bytes(embeddingLength)),
            "embedding_config": archives[passage.archiveID]?.embedding ?? Stock.embeddingConfig,
        ]
    }

    /// - Parameter isListed: the list leaves out what is in context.
    func shape(of conversation: ScriptedConversation, isListed: Bool = false) -> JSONNode {
        [
            "id": .string(conversation.id), "agent_id": .string(conversation.agentID),
            "summary": .optional(conversation.summary),
            "in_context_message_ids": .strings(
                isListed ? [] : conversation.contextIDs ?? conversation.rowIDs),
            "isolated_block_ids": .strings(conversation.isolatedBlockIDs),
            "model": conversation.settings["model"] ?? nil,
            "model_settings": conversation.settings["model_settings"] ?? nil,
            "last_message_at": conversation.settings["last_message_at"] ?? nil,
            "created_at": .string(conversation.created.zulu),
        ]
    }
}

/// Numbers that look like an embedding, about as long as real ones.
enum Embedding {
    private static let full = text(4096)

    static func bytes(_ count: Int) -> [UInt8] { count == 4096 ? full : text(count) }

    private static func text(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x5B]
        for place in 0..<count {
            if place > 0 { bytes.append(0x2C) }
            bytes += Array(
                (place % 3 == 0 ? "0.0071065109223127365" : place % 3 == 1 ? "0.0" : "-1.2e-05").utf8)
        }
        return bytes + [0x5D]
    }
}
