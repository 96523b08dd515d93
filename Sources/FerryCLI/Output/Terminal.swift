import Glibc

/// The two streams, and what the terminal behind them can do.
struct Terminal: Sendable {
    let isErrorTTY: Bool
    let isInputTTY: Bool
    /// Colour on stdout, on stderr.
    let colorsOutput: Bool
    let colorsError: Bool
    let width: Int

    init(environment: [String: String], forbidsColor: Bool) {
        let isOutputTTY = isatty(1) == 1
        isErrorTTY = isatty(2) == 1
        isInputTTY = isatty(0) == 1
        let allowed =
            !forbidsColor && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        colorsOutput = allowed && isOutputTTY
        colorsError = allowed && isErrorTTY
        width = Self.width(environment)
    }

    private static func width(_ environment: [String: String]) -> Int {
        var size = winsize()
        if ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        if ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    func out(_ text: String) { Self.write(Printable.page(text, isStyled: colorsOutput), to: 1) }

    func err(_ text: String) { Self.write(Printable.page(text, isStyled: colorsError), to: 2) }

    /// Back to the start of a line of progress, which is wiped.
    func clearLine() { Self.write("\r\u{1b}[K", to: 2) }

    /// Waits for a line; a signal ends the waiting.
    func saysYes() throws -> Bool {
        var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        while poll(&input, 1, 100) <= 0 {
            if Task.isCancelled {
                err("\n")
                throw CancellationError()
            }
        }
        let answer = readLine(strippingNewline: true)?.lowercased() ?? ""
        return answer == "y" || answer == "yes"
    }

    /// Writes all of it; a closed pipe ends in silence.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
