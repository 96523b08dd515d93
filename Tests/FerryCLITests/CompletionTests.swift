import LettaModel
import Testing

@testable import FerryCLI

/// The scripts are loaded by the real shells, and their answers compared.
@Suite struct CompletionTests {
    private static let table = CompletionTable(commands: CommandTable.all, globals: GlobalOptions.flags)
    private static let names = Set(table.words(after: []).map(\.word) + ["help"])

    /// A line that ends where the cursor is, and what has to be offered there.
    struct Case: Sendable, CustomTestStringConvertible {
        let line: [String]
        let offered: Set<String>
        var testDescription: String { line.joined(separator: " ") + "|" }
    }

    static let cases = [
        Case(line: ["ferry", "mo"], offered: ["move"]),
        Case(line: ["ferry", ""], offered: names),
        Case(line: ["ferry", "servers", "a"], offered: ["add"]),
        Case(line: ["ferry", "--json", "undo", ""], offered: ["r-1", "r-2"]),
        Case(line: ["ferry", "move", "ada", "--from", ""], offered: ["cloud", "home"]),
        Case(line: ["ferry", "move", "ada", "--from", "home", "--to", "c"], offered: ["cloud"]),
        Case(line: ["ferry", "move", "ada", "--tools", ""], offered: ["fail", "keep", "overwrite"]),
        Case(line: ["ferry", "move", "--read"], offered: ["--read-only"]),
        Case(line: ["ferry", "undo", "--disc"], offered: ["--discard-newer"]),
        Case(line: ["ferry", "completions", "b"], offered: ["bash"]),
        Case(line: ["ferry", "help", "serv"], offered: ["servers"]),
        Case(line: ["ferry", "lint", "a na"], offered: ["a name.af"]),
    ]

    @Test(arguments: cases)
    func `bash offers what fits`(wanted: Case) async throws {
        let words = wanted.line.map(ShellWord.inQuotes).joined(separator: " ")
        let script = """
            source ferry.script
            COMP_WORDS=(\(words)); COMP_CWORD=\(wanted.line.count - 1); _ferry
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        #expect(try await offered(by: "bash", BashCompletion.script(Self.table), script) == wanted.offered)
    }

    @Test(arguments: cases)
    func `fish offers what fits`(wanted: Case) async throws {
        let last = wanted.line.last.map { $0.replacing(" ", with: "\\ ") } ?? ""
        let line = (wanted.line.dropLast() + [last]).joined(separator: " ")
        let script = "source ferry.script; complete -C \(ShellWord.inQuotes(line))"
        let found = try await offered(by: "fish", FishCompletion.script(Self.table), script)
        #expect(Set(found.map { $0.replacing("\\ ", with: " ") }) == wanted.offered)
    }

    @Test(arguments: cases.filter { $0.line.last?.contains(" ") == false })
    func `zsh offers what fits`(wanted: Case) async throws {
        let found = try await offered(
            by: "zsh", ZshCompletion.script(Self.table), Self.zshSession(wanted.line.joined(separator: " ")))
        #expect(found == wanted.offered)
    }

    @Test func `no script of a shell is refused by it`() async throws {
        for (shell, text) in [
            ("bash", BashCompletion.script(Self.table)), ("zsh", ZshCompletion.script(Self.table)),
            ("fish", FishCompletion.script(Self.table)),
        ] {
            #expect(try await offered(by: shell, text, "\(shell) -n ferry.script") == [])
        }
    }

    @Test func `every command and flag is in every script`() {
        for text in [
            BashCompletion.script(Self.table), ZshCompletion.script(Self.table),
            FishCompletion.script(Self.table),
        ] {
            for command in CommandTable.all {
                for word in command.path { #expect(text.contains(word)) }
                for flag in command.flags { #expect(text.contains(flag.name)) }
            }
        }
    }

    /// Runs the shell in a folder with a made-up `ferry` that knows two
    /// servers and two runs.
    private func offered(by shell: String, _ completion: String, _ script: String) async throws -> Set<String>
    {
        let sandbox = Sandbox()
        sandbox.write(completion, to: "ferry.script")
        sandbox.write("", to: "a name.af")
        sandbox.write(script, to: "session")
        sandbox.write(
            """
            #!/bin/sh
            case "$2" in servers) printf 'home\\ncloud\\n' ;; runs) printf 'r-1\\nr-2\\n' ;; esac
            """, to: "ferry")
        let finished = try await ChildProcess(
            command:
                "chmod +x ferry; mkdir lib; mv a\\ name.af lib; mv ferry lib; cd lib; cp ../ferry.script .; "
                + "PATH=$PWD:$PATH exec \(shell) ../session",
            folder: sandbox.path,
            environment: ["HOME": sandbox.path, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "dumb"]
        ).run()
        #expect(finished.status == 0, "\(finished.errors)")
        return Set(
            finished.output.split(separator: "\n").map { line in
                String(line.prefix { $0 != "\t" }.drop { $0 == " " })
            })
    }

    /// zsh completes in a terminal alone, so it gets one (zpty), and the
    /// completion system is told to hand over its matches instead of showing them.
    private static func zshSession(_ line: String) -> String {
        """
        zmodload zsh/zpty
        cat > inner <<'INNER'
        PROMPT= RPROMPT=
        autoload -Uz compinit; compinit -u -D
        source ./ferry.script
        zstyle ':completion:*' list-grouped false
        compadd() {
            local -a found
            builtin compadd -O found "$@"
            builtin compadd "$@"
            local status_of=$?
            [[ " $* " == *" -O "* || " $* " == *" -A "* || " $* " == *" -D "* ]] || print -rl -- $found >> offered
            return $status_of
        }
        bindkey '^I' complete-word
        null-line() { print DONE > finished; BUFFER= }
        zle -N null-line; bindkey '^X' null-line
        INNER
        zpty shell 'zsh -f -i'
        zpty -w shell 'source ./inner'
        sleep 0.3
        zpty -w -n shell \(ShellWord.inQuotes(line))$'\\t'$'\\x18'
        for i in {1..100}; do [[ -e finished ]] && break; sleep 0.1; zpty -r -t shell > /dev/null; done
        cat offered 2>/dev/null
        zpty -d shell
        true
        """
    }
}

@Suite struct ManPageTests {
    private static let pages = ManPage.all(CommandTable.all, GlobalOptions.flags)

    @Test func `there is a page for the program and one for each command`() {
        #expect(
            Self.pages.map(\.name)
                == ["ferry"] + CommandTable.all.map { "ferry-" + $0.path.joined(separator: "-") })
    }

    @Test(arguments: pages.map(\.name))
    func `man shows a page without a complaint`(name: String) async throws {
        let page = try #require(Self.pages.first { $0.name == name })
        let sandbox = Sandbox()
        sandbox.write(page.text, to: "page.1")
        let finished = try await ChildProcess(
            command: "groff -man -Tutf8 -ww -b -K utf8 page.1 | sed 's/\\x1b\\[[0-9]*m//g'",
            folder: sandbox.path,
            environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        ).run()
        // Debian's groff-base lacks a file of local settings, and says so.
        let complaints = finished.errors.split(separator: "\n").filter { !$0.contains("man.local") }
        #expect(complaints == [])
        #expect(finished.output.contains("NAME"))
        guard let spec = CommandTable.all.first(where: { "ferry-" + $0.path.joined(separator: "-") == name })
        else { return }
        for flag in spec.flags { #expect(finished.output.contains(flag.usage), "\(flag.usage)") }
    }

    @Test func `no text of a page can be read as a macro`() {
        var roff = Roff(title: "x")
        roff.section("S", [.text(".so /etc/passwd"), .item("'x", "a\\fB — \"q\"")])
        #expect(
            roff.text.hasSuffix(
                ".SH S\n\\&.so /etc/passwd\n.TP\n.B \\&\\(aqx\n\\&a\\efB \\[u2014] \\(dqq\\(dq\n"))
    }
}
