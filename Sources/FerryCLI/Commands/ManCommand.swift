/// `ferry man`: the manual, as input for man(1).
enum ManCommand {
    static let spec = CommandSpec(
        path: ["man"],
        summary: "print a page of the manual",
        arguments: [
            ArgumentSpec(
                name: "PAGE", help: "its name, such as ferry-move; ferry by default", isRequired: false)
        ],
        flags: [FlagSpec(name: "list", help: "print the names of all pages instead")],
        discussion: """
            The page is written in the macros that man(1) reads. `make install` puts all pages where man finds them.
            """,
        examples: [
            .init(
                command: "ferry man ferry-move",
                meaning: "its page; `ferry man ferry-move | man -l -` shows it"),
            .init(command: "ferry man --list", meaning: "the names of all pages"),
        ]
    ) { invocation, world in
        let pages = ManPage.all(CommandTable.all, GlobalOptions.flags)
        if invocation.has("list") {
            world.terminal.out(pages.map { $0.name + "\n" }.joined())
            return .clean
        }
        let name = invocation.argument(0) ?? "ferry"
        guard let page = pages.first(where: { $0.name == name || $0.name == "ferry-\(name)" }) else {
            throw UsageError.unknownPage(name, among: pages.map(\.name))
        }
        world.terminal.out(page.text)
        return .clean
    }
}
