import Testing

@testable import WorkerTree

@Suite struct StarterTests {
    @Test func `a unit's lines are joined, its environment is split, its files are listed`() {
        let unit = UnitFile(
            """
            [Service]
            # WorkingDirectory=/not/this
            WorkingDirectory=%h/broca
            Environment="A=one two" B=2 'C=3 "4"'
            Environment=D=5
            EnvironmentFile=-/etc/broca.env
            ExecStart=/usr/bin/python \\
              main.py
            """, home: "/home/ada")
        #expect(unit.workFolder == "/home/ada/broca")
        #expect(unit.environment.map { "\($0.key)=\($0.text)" } == ["A=one two", "B=2", "C=3 \"4\"", "D=5"])
        #expect(unit.environment.map(\.line) == [4, 4, 4, 5])
        #expect(unit.environmentFiles.map(\.path) == ["/etc/broca.env"])
        #expect(unit.commands.first?.contains("main.py") == true)
    }

    @Test func `a drop-in overrules its unit, line by line, and a template has its instance`() {
        let unit = UnitFile(
            [
                ("/u", "[Service]\nWorkingDirectory=/srv/%i\nEnvironment=A=1 B=2\nExecStart=/old main.py\n"),
                ("/u.d/a.conf", "[Service]\nEnvironment=A=3\nExecStart=\nExecStart=/new main.py\n"),
                ("/u.d/b.conf", "[Service]\nEnvironment=\nEnvironment=C=4\n"),
            ], home: nil, instance: "ada")
        #expect(unit.workFolder == "/srv/ada" && unit.commands == ["/new main.py"])
        #expect(unit.environment == [.init(key: "C", text: "4", path: "/u.d/b.conf", line: 3)])
    }

    @Test(
        arguments: [
            ("A=b # c", "b # c"), ("A='b # c'", "b # c"), ("A=\"x \\\" y\"", "x \" y"), ("A = b ", "b"),
            ("# A=1\nA=2", "2"),
        ])
    func `an environment file is read as systemd reads it`(text: String, value: String) {
        #expect(UnitFile.assignments(text).first?.text == value)
    }

    @Test func `xargs takes a line apart where dotenv does not`() {
        let found = ShellAssignments.split("# A=0\nA='x y' # z\nB=1#2\n")
        #expect(found.map { "\($0.key)=\($0.text)" } == ["A=x", "B=1#2"])
    }

    @Test func `places agree where a tree was mounted elsewhere`() {
        #expect(
            Paths.isSamePlace(
                "/home/ada/sanctum/agents/x", as: "/mnt/sanctum/agents/x", below: "/mnt/sanctum"))
        #expect(!Paths.isSamePlace("/home/ada/x", as: "/mnt/sanctum/agents/x", below: "/mnt/sanctum"))
        #expect(Paths.resolved("../main.py", in: "/a/b") == "/a/main.py")
    }

    @Test func `a lock's line of /proc is understood`() {
        let text =
            "1: POSIX  ADVISORY  WRITE 4711 08:01:131 1073741825 1073741825\n1: -> FLOCK  ADVISORY  WRITE 5 00:1f:9 0 EOF\n"
        let locks = ProcessSnapshot.locks(text)
        #expect(locks.map(\.pid) == [4711, 5])
        #expect(locks.map(\.meaning) == ["reserved", "write"])
        #expect(locks[0].device == .init(major: 8, minor: 1))
    }

    @Test func `needles are whole words`() {
        let needles = [Needle(.host("old.lan"), "old.lan"), Needle(.home("/home/ada"), "/home/ada")]
        let text = "http://old.lan:8283/\nbold.lan\nold.lander\n-v/home/ada:/x\n/home/adam\n"
        #expect(NeedleSearch.lines(of: Array(text.utf8), needles).map(\.line) == [1, 4])
    }
}
