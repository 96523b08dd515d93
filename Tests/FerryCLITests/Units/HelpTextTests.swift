import Testing

@testable import FerryCLI

@Suite struct HelpTextTests {
    private static let names = CommandTable.all.map(\.name)

    private static func page(_ name: String) -> String {
        CommandTable.all.first { $0.name == name }.map(HelpText.page) ?? ""
    }

    @Test func `the overview names every command with its summary`() {
        let text = HelpText.overview(CommandTable.all)
        for command in CommandTable.all {
            #expect(text.contains(command.name))
            #expect(text.contains(command.summary.prefix(30)))
        }
    }

    @Test(arguments: names)
    func `a page names every argument and flag`(name: String) throws {
        let spec = try #require(CommandTable.all.first { $0.name == name })
        let page = HelpText.page(spec)
        for argument in spec.arguments { #expect(page.contains(argument.name)) }
        for flag in spec.flags + GlobalOptions.flags { #expect(page.contains(flag.usage)) }
    }

    @Test(arguments: names)
    func `a page is no wider than eighty columns`(name: String) {
        // A command to copy is never broken.
        for line in Self.page(name).split(separator: "\n") where !line.hasPrefix("  ferry ") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test func `the overview is no wider than eighty columns`() {
        for line in HelpText.overview(CommandTable.all).split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test(arguments: names)
    func `every example is a command line that the parser takes`(name: String) throws {
        let spec = try #require(CommandTable.all.first { $0.name == name })
        let parser = ArgumentParser(commands: CommandTable.all, globals: GlobalOptions.flags)
        for example in spec.examples {
            let words = example.command.split(separator: " ").map(String.init)
            #expect(words.first == "ferry")
            guard case .run(let invocation) = try parser.parse(Array(words.dropFirst())) else {
                Issue.record("\(example.command) runs nothing")
                continue
            }
            #expect(invocation.command.name == name)
        }
    }

    @Test(arguments: names)
    func `summaries are one line in lower case without a full stop`(name: String) throws {
        let spec = try #require(CommandTable.all.first { $0.name == name })
        #expect(spec.summary.first?.isLowercase == true)
        #expect(spec.summary.last != ".")
        #expect(!spec.summary.contains("\n"))
    }

    @Test(arguments: names)
    func `every command has an example`(name: String) throws {
        let spec = try #require(CommandTable.all.first { $0.name == name })
        #expect(!spec.examples.isEmpty)
    }
}
