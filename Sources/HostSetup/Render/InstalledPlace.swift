import LettaModel

/// A folder that a script of ferry's installs into, and so may delete: known
/// by the mark that the script leaves in it.
enum InstalledPlace {
    static let mark = ".ferry"

    /// Shell that ends the script at a folder which somebody else made.
    static let refusal = """
        refuse_foreign() {
            if [[ ! -e $1 && ! -L $1 ]] || [[ ! -L $1 && -f $1/.ferry && ! -L $1/.ferry ]]; then return 0; fi
            echo "$1 is there, and ferry did not make it; move it away: mv $1 $1.before-ferry" >&2
            exit 1
        }
        """

    /// What the scripts of a config would replace.
    static func all(_ config: HostConfig, _ paths: HostPaths) -> [String] {
        guard config.letta == "systemd" else { return [] }
        let wheel = config.ownsDatabase && config.pgvector == "wheel"
        return (["venv", "venv.old"] + (wheel ? ["postgres"] : [])).map { "\(paths.letta)/\($0)" }
    }

    /// Something stands there that bears no mark, or leads elsewhere.
    static func isForeign(_ folder: String) -> Bool {
        guard HostDisk.exists(folder) else { return false }
        if case .link = HostDisk.see(folder) { return true }
        if case .file = HostDisk.see("\(folder)/\(mark)") { return false }
        return true
    }
}
