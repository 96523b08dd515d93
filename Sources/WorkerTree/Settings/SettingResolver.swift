import LettaModel

/// One place that sets one key.
struct SettingEntry: Sendable, Equatable {
    var key: String
    var text: String
    var origin: SettingOrigin
}

/// Places in the order in which they win; inside one the last line wins.
struct SettingResolver {
    let kind: WorkerKind
    /// The strongest first.
    let layers: [[SettingEntry]]
    /// Places that the program does not look at; shown beside what counts.
    var ignored: [SettingEntry] = []

    func settings() -> [Setting] {
        let keys = Set(layers.joined().map(\.key)).union(SettingCatalog.expected(of: kind))
        return keys.sorted().map(setting)
    }

    private func setting(_ key: String) -> Setting {
        let role = SettingCatalog.role(of: key, for: kind)
        let entries = layers.flatMap { layer in layer.filter { $0.key == key }.reversed() }
        let losing = Self.distinct(entries + ignored.filter { $0.key == key }).dropFirst(
            entries.isEmpty ? 0 : 1)
        let builtIn = SettingCatalog.builtIn(key, for: kind)
        let text = entries.first?.text ?? builtIn
        return Setting(
            key: key, value: text.map { Self.value($0, role) }, role: role,
            origin: entries.first?.origin ?? .builtIn,
            shadowed: losing.map {
                Setting.Shadowed(
                    origin: $0.origin, value: Self.value($0.text, role), isEqual: $0.text == text)
            })
    }

    /// A line that several readers take the same from is one place.
    private static func distinct(_ entries: [SettingEntry]) -> [SettingEntry] {
        entries.enumerated().filter { index, entry in
            guard let path = entry.origin.path, let line = entry.origin.line else { return true }
            return !entries[..<index].contains {
                $0.origin.path == path && $0.origin.line == line && $0.text == entry.text
            }
        }.map(\.element)
    }

    static func value(_ text: String, _ role: SettingRole) -> SettingValue {
        switch role {
        case .secret, .serverToken, .unknown, .unread: .secret(Secret(text))
        case .agentID, .serverURL, .url, .path, .config: .plain(text)
        }
    }
}
