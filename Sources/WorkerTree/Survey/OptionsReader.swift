import LosslessJSON

/// Broca's `settings.json`, from the folder it runs in.
enum OptionsReader {
    static func options(_ worker: Worker) -> [Setting] {
        let path = Paths.join(worker.workFolder, "settings.json")
        guard let bytes = try? SystemFile.bytes(of: path, limit: 1 << 20),
            let document = try? JSONDocument(bytes)
        else { return [] }
        return document.root.members.map { member in
            let text = member.value.string ?? String(decoding: member.value.raw, as: UTF8.self)
            // Plugins keep their own settings here, tokens among them.
            let isPlain = member.value.kind != .object && !SettingCatalog.looksSecret(member.key)
            return Setting(
                key: member.key,
                value: SettingResolver.value(text, isPlain ? .config : .secret),
                role: isPlain ? .config : .secret, origin: .settingsFile(path: path))
        }
    }
}
