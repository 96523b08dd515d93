import LosslessJSON

/// The one way in which somebody is asked yes or no.
enum Question {
    static func canAsk(_ world: World) -> Bool {
        world.terminal.isInputTTY && world.terminal.isErrorTTY
    }

    /// - Parameter lines: what is asked about, for a person; a program is
    ///   told the question as a line of progress.
    static func ask(_ lines: [String], _ question: String, _ world: World) throws -> Bool {
        let line: JSONNode = [
            "schema": "ferry.progress/1", "type": "question", "text": .string(question),
        ]
        if !world.options.isJSON { world.terminal.err(lines.map { $0 + "\n" }.joined()) }
        world.terminal.err(world.options.isJSON ? line.text() + "\n" : question)
        return try world.terminal.saysYes()
    }

    static func ask(_ question: String, _ world: World) throws -> Bool { try ask([], question, world) }

    /// Before an agent is changed in place: without a terminal nobody can say
    /// yes, and the agent is somebody's.
    static func agree(
        to lines: [String], _ question: String, _ world: World, isTold: Bool
    ) throws -> Bool {
        if isTold { return true }
        return canAsk(world) ? try ask(lines, question, world) : false
    }
}
