import Glibc
import WorkerFixtures

/// `synthetic-tree LAYOUT FOLDER`: a tree of workers to try commands on.
@main
enum SyntheticTreeTool {
    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 3, let layout = SyntheticTree.Layout(rawValue: words[1]) else {
            puts("usage: synthetic-tree a|b|c|d|otto FOLDER")
            exit(2)
        }
        puts(try SyntheticTree(layout, home: words[2]).root)
    }
}
