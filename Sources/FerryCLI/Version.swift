/// The program's own version, in one place.
enum Version {
    static let number = "0.1.0"
}
