extension Rendering {
    /// Units for the workers of each agent. They stay disabled: `ferry workers
    /// move … --to /srv/AGENT` brings what they run.
    var workerFiles: [DesiredFile] {
        config.agents.sorted().flatMap { agent in
            [
                DesiredFile(
                    "\(paths.units)/broca@\(agent).service", unit(agent, "Broca", "broca", "main.py")),
                DesiredFile("\(paths.units)/smcp@\(agent).service", unit(agent, "SMCP", "smcp", "smcp.py")),
            ]
        }
    }

    /// Broca ends with 0 whatever happened, hence `Restart=always`.
    private func unit(_ agent: String, _ name: String, _ folder: String, _ program: String) -> String {
        let home = paths.at("/srv/\(agent)")
        let place = "\(home)/\(folder)"
        let python = "\(WorkerEnvironment(home).folder)/bin/python"
        return """
            [Unit]
            Description=\(name) of \(agent)
            After=letta.service network-online.target
            Wants=network-online.target
            ConditionPathExists=\(place)/\(program)
            StartLimitIntervalSec=600
            StartLimitBurst=10

            [Service]
            Type=exec
            User=sanctum
            # No move brings an environment: it is made here.
            ExecStartPre=+/bin/sh -c 'test -x \(python) || { echo "\(python) is not there; docs/runbook.md has a step that makes it: \(WorkerEnvironment(home).command())" >&2; exit 1; }'
            # A tree that was moved here belongs to whoever moved it.
            ExecStartPre=+/usr/bin/chown -R sanctum:sanctum \(home)
            WorkingDirectory=\(place)
            ExecStart=\(python) \(program)
            KillMode=mixed
            TimeoutStopSec=45
            Restart=always
            RestartSec=5
            UMask=0077
            NoNewPrivileges=yes
            ProtectSystem=strict
            ReadWritePaths=\(home)
            ProtectHome=yes
            PrivateTmp=yes
            ProtectKernelTunables=yes
            ProtectControlGroups=yes

            [Install]
            WantedBy=multi-user.target

            """
    }
}
