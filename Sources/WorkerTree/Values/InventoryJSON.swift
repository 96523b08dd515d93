import LettaModel
public import LosslessJSON

/// The JSON form, `ferry.workers/1`; docs/json-output.md has its keys. Holds
/// no secret, and nothing that a user wrote but their name.
extension WorkerInventory {
    public var json: JSONNode {
        [
            "schema": "ferry.workers/1", "root": .string(root),
            "workers": .array(workers.map(\.json)), "stores": .array(stores.map(\.json)),
            "files": .array(FileTally.of(files).map(\.json)), "mentions": .array(mentions.map(\.json)),
            "notes": .array(notes.map(\.json)), "refusals": .array(refusals.map(\.json)),
        ]
    }
}

extension Worker {
    public var json: JSONNode {
        [
            "kind": .string(kind.rawValue), "layout": .string(layout.rawValue), "name": .string(name),
            "agent": .optional(agentID), "server": .optional(setting(kind.serverKey)?.value?.description),
            "code_folder": .string(codeFolder), "folder": .string(folder),
            "agent_folder": .optional(agentFolder),
            "agent_folders": .array(agentFolders.map { .string($0) }), "work_folder": .string(workFolder),
            "work_folder_known": .bool(workFolderIsKnown),
            "files": .array(FileTally.of(files).map(\.json)),
            "settings": .array(settings.map(\.json)), "options": .array(options.map(\.json)),
            "env_files": .array(envFiles.map(\.json)), "starters": .array(starters.map(\.json)),
            "database": database?.json ?? .null, "running": running.json, "code": code.json,
            "mentions": .array(mentions.map(\.json)), "notes": .array(notes.map(\.json)),
            "refusals": .array(refusals.map(\.json)),
        ]
    }
}

extension JSONNode {
    static func optional(_ text: String?) -> JSONNode { text.map { .string($0) } ?? .null }
    static func optional(_ number: Int?) -> JSONNode { number.map { .int($0) } ?? .null }
}

extension Failure {
    var json: JSONNode {
        [
            "code": .string(code.rawValue), "subject": .string(subject), "reason": .string(reason),
            "remedy": .string(remedy), "end": .optional(end?.rawValue),
        ]
    }
}

extension TreeNote {
    var json: JSONNode {
        [
            "id": .string(id), "weight": .string(weight.rawValue), "subject": .string(subject),
            "text": .string(text), "remedy": .optional(remedy),
        ]
    }
}

extension OtherStore {
    var json: JSONNode {
        [
            "kind": .string(kind.rawValue), "path": .string(path), "bytes": .int(bytes),
            "advice": .string(advice), "mentions": .array(mentions.map(\.json)),
        ]
    }
}

extension FileTally {
    var json: JSONNode {
        [
            "class": .string(`class`.rawValue), "files": .int(files), "bytes": .int(bytes),
            "fate": .string(`class`.fate.rawValue),
        ]
    }
}

extension Setting {
    var json: JSONNode {
        [
            "key": .string(key), "role": .string(role.rawValue), "value": SettingValue.json(value),
            "length": value.map { .int($0.text.utf8.count) } ?? .null, "from": origin.json,
            "shadowed": .array(
                shadowed.map {
                    [
                        "value": SettingValue.json($0.value), "equal": .bool($0.isEqual),
                        "from": $0.origin.json,
                    ]
                }),
        ]
    }
}

extension SettingValue {
    /// A secret is `null`; its length stands beside it.
    static func json(_ value: SettingValue?) -> JSONNode {
        guard let value, !value.isSecret else { return .null }
        return .string(value.description)
    }
}

extension SettingOrigin {
    var json: JSONNode {
        let pid: Int? = if case .process(let pid) = self { pid } else { nil }
        return [
            "kind": .string(kind), "path": .optional(path), "line": .optional(line), "pid": .optional(pid),
        ]
    }
}

extension EnvFileFacts {
    var json: JSONNode {
        [
            "path": .string(path), "mode": .string(mode.octal), "read": .bool(isRead),
            "byte_order_mark": .bool(hasByteOrderMark), "carriage_returns": .bool(hasCarriageReturns),
            "keys": .array(keys.map { .string($0) }),
            "broken_lines": .array(brokenLines.map { .int($0) }),
            "expanding": .array(expanding.map { .string($0) }),
        ]
    }
}

extension Starter {
    var json: JSONNode {
        [
            "kind": .string(kind.rawValue), "path": .string(path), "work_folder": .optional(workFolder),
            "environment_files": .array(environmentFiles.map { .string($0) }),
            "keys": .array(keys.map { .string($0) }), "splits_at_spaces": .bool(splitsAtSpaces),
        ]
    }
}

extension DatabaseFacts {
    var json: JSONNode {
        [
            "path": .string(path), "found_by": .string(foundBy.shown), "bytes": .int(bytes),
            "wal_bytes": .int(walBytes), "shm": .bool(hasShm), "journal": .bool(hasJournal),
            "journal_mode": .string(journalMode.rawValue), "damage": .array(damage.map { .string($0) }),
            "broken_references": .int(brokenReferences),
            "tables": .array(
                tables.map {
                    [
                        "name": .string($0.name), "rows": .int($0.rows), "max_id": .int($0.maxID),
                        "sequence": .int($0.sequence),
                    ]
                }),
            "queue": .array(
                queue.map {
                    [
                        "state": .string($0.state.name), "rows": .int($0.rows),
                        "max_attempts": .int($0.maxAttempts),
                    ]
                }),
            "users": [
                "all": .int(users.all), "with_profile": .int(users.withProfile),
                "orphans": .int(users.orphans), "without_identity": .int(users.withoutIdentity),
                "without_block": .int(users.withoutBlock),
            ],
            "listed_users": .array(listed.map(\.json)),
        ]
    }
}

extension DatabaseFacts.Discovery {
    var shown: String {
        switch self {
        case .setting(let key): key
        case .codeFolder: "code-folder"
        case .openFile(let pid): "process \(pid)"
        }
    }
}

extension BrocaUser {
    var json: JSONNode {
        [
            "id": .int(id), "identity": .optional(identityID), "block": .optional(blockID),
            "active": .bool(isActive),
            "profiles": .array(
                profiles.map {
                    [
                        "id": .int($0.id), "platform": .string($0.platform),
                        "platform_user_id": .string($0.platformUserID), "username": .optional($0.username),
                        "display_name": .optional($0.displayName),
                    ]
                }),
        ]
    }
}

extension RunningFacts {
    var json: JSONNode {
        [
            "running": .bool(isRunning), "hidden_processes": .int(hidden),
            "processes": .array(
                processes.map {
                    [
                        "pid": .int($0.pid), "program": .string($0.program),
                        "evidence": .array($0.evidence.map { .string($0.rawValue) }),
                    ]
                }),
            "locks": .array(
                locks.map {
                    ["pid": .int($0.pid), "write": .bool($0.isWrite), "meaning": .string($0.meaning)]
                }
            ),
            "pid_file": pidFile.map {
                ["path": .string($0.path), "pid": .optional($0.pid), "true": .bool($0.isTrue)]
            } ?? .null,
        ]
    }
}

extension CodeFacts {
    var json: JSONNode {
        [
            "commit": .optional(commit),
            "plugins": .array(
                plugins.map {
                    [
                        "name": .string($0.name), "own": .bool($0.isOwn), "disabled": .bool($0.isDisabled),
                        "link": .optional($0.linkTarget),
                    ]
                }),
            "environment": .optional(environment), "packages": .array(packages.map { .string($0) }),
        ]
    }
}

extension Mention {
    var json: JSONNode {
        var node: JSONNode = ["subject": .string(subject.kind), "text": .string(subject.text)]
        switch place {
        case .line(let path, let line):
            node["path"] = .string(path)
            node["line"] = .int(line)
        case .link(let path):
            node["path"] = .string(path)
            node["link"] = true
        case .column(let path, let table, let column, let row):
            node["path"] = .string(path)
            node["table"] = .string(table)
            node["column"] = .string(column)
            node["row"] = .int(row)
        case .process(let pid, let key):
            node["pid"] = .int(pid)
            node["key"] = .string(key)
        }
        return node
    }
}
