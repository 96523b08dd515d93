import Glibc

@main
struct Ferry {
    static func main() async {
        Interrupts.block()
        exit(await Program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }
}
