extension Rendering {
    /// A table of ferry's own: other tables are left alone, and loading it
    /// twice is loading it once.
    var firewallFiles: [DesiredFile] {
        guard config.firewall else { return [] }
        return [
            DesiredFile(paths.at("/etc/ferry/firewall.nft"), rules, mode: 0o644),
            DesiredFile("\(paths.units)/ferry-firewall.service", unit),
        ]
    }

    private var rules: String {
        let ports = Set([config.sshPort, config.httpPort, config.httpsPort, config.apiPort]).filter {
            $0 != 0
        }.sorted()
        return """
            # Local connections to the host's own address pass by way of lo: what this
            # keeps out can be seen from another machine only.
            table inet ferry
            delete table inet ferry
            table inet ferry {
                chain input {
                    type filter hook input priority filter; policy drop;
                    iif lo accept
                    ct state established,related accept
                    ct state invalid drop
                    meta l4proto { icmp, ipv6-icmp } accept
                    # Answers of DHCPv6 come from another address than was asked.
                    ip6 saddr fe80::/10 udp dport 546 accept
                    tcp dport { \(ports.map(String.init).joined(separator: ", ")) } accept
                }
            }

            """
    }

    private var unit: String {
        """
        [Unit]
        Description=Ferry's firewall
        Before=network-pre.target
        Wants=network-pre.target
        DefaultDependencies=no
        After=local-fs.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/sbin/nft -f \(paths.at("/etc/ferry/firewall.nft"))
        ExecStop=/usr/sbin/nft delete table inet ferry

        [Install]
        WantedBy=multi-user.target

        """
    }
}
