import CMalloc
import Glibc

@main
struct Ferry {
    static func main() async {
        // One heap for all threads: pages of a history are made on one thread
        // and freed on another, and each heap would keep its own leftovers.
        mallopt(M_ARENA_MAX, 1)
        Interrupts.listen()
        exit(await Program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }
}
