import Glibc

@testable import HostSetup

/// A systemctl that keeps what is enabled and what runs in a folder, and
/// knows a unit only as long as it is one of the two or has been enabled.
final class StandIn: Sendable {
    let scratch = Scratch()

    var systemd: Systemd { Systemd(program: scratch.path + "/systemctl") }

    init() throws {
        _ = try scratch.write(
            """
            #!/bin/bash
            cd \(scratch.path) || exit 1
            order=$1 unit=${!#}
            case $order in
            is-enabled) [[ -e enabled/$unit ]]; exit ;;
            is-active) [[ -e active/$unit ]]; exit ;;
            esac
            echo "$order${2:+ $unit}" >>log
            [[ $(<refuses) != "$order" ]] || { echo "refused: $order"; exit 1; }
            case $order in
            enable) touch "enabled/$unit" "active/$unit" ;;
            disable) rm "enabled/$unit" ;;
            stop) rm "active/$unit" ;;
            start | restart) touch "active/$unit" ;;
            esac

            """, "systemctl", mode: 0o755)
        for name in ["refuses", "log", "enabled/.keep", "active/.keep"] { _ = try scratch.write("", name) }
    }

    var log: [String] { text(of: scratch.path + "/log").split(separator: "\n").map(String.init) }

    func isEnabled(_ unit: String) -> Bool { HostDisk.exists("\(scratch.path)/enabled/\(unit)") }
    func isActive(_ unit: String) -> Bool { HostDisk.exists("\(scratch.path)/active/\(unit)") }
    func enable(_ unit: String) throws { _ = try scratch.write("", "enabled/\(unit)") }
    func activate(_ unit: String) throws { _ = try scratch.write("", "active/\(unit)") }
    func refuse(_ order: String) throws { _ = try scratch.write(order, "refuses") }
}
