import Testing

@testable import WorkerTree

/// What starts a worker, in the forms that people write it in.
@Suite struct ShellTests {
    private static let a = "agent-00000000-0000-4000-8000-00000000000a"

    private func run(_ text: String, files: [String: String] = [:]) -> ShellRun {
        let state = ShellState(
            path: "/s/start.sh", folder: "/s", folderIsKnown: false, home: "/home/ada")
        var run = ShellRun(state) { files[$0] }
        run.script(text)
        return run
    }

    private func told(_ start: ShellRun.Start?) -> [String] {
        (start?.entries ?? []).map { "\($0.key)=\($0.text) \($0.path):\($0.line)" }
    }

    /// A stale .env beside the script is another one than that of the program.
    @Test func `a file that is named from a folder begins where the script has gone`() {
        let files: Set<String> = ["/s/ada/.env", "/s/ada/broca/.env"]
        func named(_ text: String) -> [String] {
            SettingFiles.all(in: Array(text.utf8), from: ["/s/ada", "/s/ada/broca"], files)
                .map { "\($0.path):\($0.line)" }
        }
        let line = "export $(grep -v '^#' .env | xargs)"
        #expect(named("cd /s/ada/broca\n" + line) == ["/s/ada/broca/.env:2"])
        #expect(named("cd /s/ada && " + line) == ["/s/ada/.env:1"])
        #expect(named("cd /tmp\n" + line) == ["/s/ada/.env:2", "/s/ada/broca/.env:2"])
        #expect(named("# cd /s/ada/broca\n" + line) == ["/s/ada/.env:2", "/s/ada/broca/.env:2"])
        #expect(named("cd \"$X\"\n" + line) == ["/s/ada/.env:2", "/s/ada/broca/.env:2"])
    }

    @Test func `a script's folder, exports and files are known without running it`() {
        let found = run(
            """
            #!/bin/bash
            # cd /not/here
            cd ~/broca && set -a
            . ./env.smcp
            set +a
            export A="x y" B=$HOME/z
            export $(grep -v '^#' ../.env | xargs)
            C=3 python main.py
            D=4
            """,
            files: [
                "/home/ada/broca/env.smcp": "E='five # 5' # not this\n", "/home/ada/.env": "#F=0\nF=6 # G\n",
            ])
        #expect(found.starts.count == 1 && found.starts.first?.folder == "/home/ada/broca")
        #expect(found.workFolder == "/home/ada/broca")
        #expect(found.reads.map(\.path) == ["/home/ada/broca/env.smcp", "/home/ada/.env"])
        #expect(found.reads.map(\.splitsAtSpaces) == [false, true] && found.reads.map(\.line) == [4, 7])
        #expect(
            told(found.starts.first) == [
                "E=five # 5 /home/ada/broca/env.smcp:1", "A=x y /s/start.sh:6", "B=/home/ada/z /s/start.sh:6",
                "F=6 /home/ada/.env:2", "C=3 /s/start.sh:8",
            ])
    }

    @Test(
        arguments: [
            ("cd /b && AGENT_ID=@ exec python main.py", 1), ("cd /b\nexec env AGENT_ID=@ python main.py", 2),
            ("cd /b; AGENT_ID=@\nexport AGENT_ID\npython main.py", 1),
            ("cd /b\nscreen -dmS x bash -c \"AGENT_ID=@ python main.py\"", 2),
            ("cd /b\nscreen -dmS x bash -lc 'export AGENT_ID=@; exec python main.py'", 2),
            ("tmux new-session -d -s x \"cd /b && AGENT_ID=@ python main.py\"", 1),
            ("tmux send-keys -t x 'cd /b && AGENT_ID=@ python main.py' C-m", 1),
            ("screen -S x -X stuff \"cd /b; AGENT_ID=@ python main.py\\n\"", 1),
            ("(cd /b && set -o allexport && AGENT_ID=@ && nohup python main.py >/dev/null 2>&1 &)", 1),
            ("bash -c 'cd /b\nexport AGENT_ID=@\npython main.py'", 2),
            ("sudo -u ada AGENT_ID=@ nice -n 5 python /b/main.py", 1),
            ("su - ada -c \"cd /b && AGENT_ID=@ python main.py\"", 1),
            ("if true; then\n  cd /b\n  AGENT_ID=@ \\\n    python main.py\nfi", 3),
            ("ID=@\ncd /b && AGENT_ID=${ID:-none} python main.py", 2),
            ("start() { cd /b; AGENT_ID='@' python main.py; }\nstart", 1),
            ("declare -x AGENT_ID=@\ncd \"$(dirname \"$0\")/../b\" && exec \"$PY\" main.py", 1),
            ("cat <<'END'\nAGENT_ID=not\nEND\ncd /b && env -u X AGENT_ID=@ timeout 5 python main.py", 4),
            ("AGENT_ID=other\nunset AGENT_ID\n[ -f main.py ] && cd /b && AGENT_ID=@ python ./main.py", 3),
            ("eval \"export AGENT_ID=@\"; cd /b; python3 -u main.py | tee log", 1),
            ("sh ./inner", 2), ("/s/inner", 2), ("exec ./inner.sh @", 2), (". ./one", 1),
            ("export $(cat /s/set | xargs)\ncd /b && python main.py", 3),
            ("set -a; source one; cd /b; python main.py", 1),
        ])
    func `the agent is known in whatever way a shell is told`(script: String, line: Int) {
        let files = [
            "/s/inner": "#!/usr/bin/env -S bash -e\nexport AGENT_ID=@\ncd /b\npython main.py\n",
            "/s/inner.sh": "cd /b\nAGENT_ID=$1 python main.py\n",
            "/s/one": "export AGENT_ID=@\n. ./two\n", "/s/two": "cd /b\n. /s/one\npython main.py\n",
            "/s/set": "# AGENT_ID=x\n\nAGENT_ID=@\n",
        ].mapValues { $0.replacing("@", with: Self.a) }
        let found = run(script.replacing("@", with: Self.a), files: files)
        let start = found.starts.last
        #expect(start?.words.last?.hasSuffix("main.py") == true, "\(found.starts)")
        #expect(start?.folder == "/b" || start?.words.last == "/b/main.py")
        let set = start?.entries.last { $0.key == "AGENT_ID" }
        #expect(set?.text == Self.a && set?.line == line, "\(told(start))")
    }

    @Test(arguments: [
        "cd /b; AGENT_ID=x; python main.py", "sudo -i true; AGENT_ID=x echo; python /b/main.py",
    ])
    func `what is not exported is not told to a program`(script: String) {
        #expect(run(script).starts.map(\.entries) == [[]])
    }

    @Test(arguments: [
        ". /s/start.sh", "/s/start.sh", ". /s/a", "bash -c 'bash -c \"bash -c x\"'", "a='", "$(", "${", "\"",
        "<<", "<(", "env -u", "bash -c", "cd", "X='eval \"$X\"'; eval \"$X\"", "X='$X $X'; eval $X", "\\",
    ])
    func `a ring of files ends, and so does a text that is none`(script: String) {
        let text = script + "\npython main.py\n"
        let found = run(text, files: ["/s/start.sh": text, "/s/a": ". /s/a\n. /s/b\n", "/s/b": ". /s/a\n"])
        #expect(found.starts.count < 100)
    }

    @Test func `a crontab's variables stand before its commands, and a percent sign ends one`() {
        let table = CronTable(
            "# A=0\nA = \"1 2\"\n@reboot cd /b && python main.py %in\n*/5 * * * * ada echo 5\\% x\nB=3\n",
            isSystems: false)
        #expect(table.jobs.map(\.command) == ["cd /b && python main.py ", "ada echo 5% x"])
        #expect(table.jobs.map { $0.variables.map { "\($0.key)=\($0.text)" } } == [["A=1 2"], ["A=1 2"]])
        let systems = CronTable("0 5 * * 1 ada A=1 python main.py\n", isSystems: true)
        #expect(systems.jobs.map(\.command) == ["A=1 python main.py"])
    }

    @Test(
        arguments: [
            ("AGENT_ID=@", "AGENT_ID"), ("export LETTA_AGENT_ID='@'", "LETTA_AGENT_ID"),
            ("  - AGENT_ID=@", "AGENT_ID"), ("{\"AGENT_ID\": \"@\"}", "AGENT_ID"),
            ("env: { AGENT_ID: '@' }", "AGENT_ID"), ("os.environ[\"AGENT_ID\"] = \"@\"", "AGENT_ID"),
            ("x=${AGENT_ID:-@}", "AGENT_ID"), ("setenv AGENT_ID @", "AGENT_ID"),
            ("  --env AGENT_ID=@ \\", "AGENT_ID"), ("  --setenv=AGENT_ID=@", "AGENT_ID"),
            ("* * * * * AGENT_ID=@ /opt/launch", "AGENT_ID"), ("*/5 * * * * AGENT_ID=@ /x", "AGENT_ID"),
            (" * AGENT_ID=@", nil), ("-- AGENT_ID=@", nil),
            ("# AGENT_ID=@", nil), ("A=1 # AGENT_ID=@", nil), ("// AGENT_ID: '@'", nil), (";AGENT_ID=@", nil),
            ("OLD_AGENT_ID=@", nil), ("AGENT_IDS=@", nil), ("if \"$AGENT_ID\" == \"@\"", nil),
            ("AGENT_ID=none @", nil),
        ] as [(String, String?)])
    func `an agent that is set is seen in any language, and no comment is`(text: String, key: String?) {
        let all = "first\n" + text.replacing("@", with: Self.a) + "\nlast\n"
        let found = AgentAssignments.all(in: Array(all.utf8))
        #expect(found.map(\.key) == (key.map { [$0] } ?? []))
        #expect(found.allSatisfy { $0.line == 2 && $0.agent == Self.a })
    }
}
