import Glibc

@main
struct Ferry {
    static func main() async {
        Interrupts.listen()
        exit(await Program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }
}
