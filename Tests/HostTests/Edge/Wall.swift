import Glibc

/// This machine's clock, seconds since 1970.
enum Wall {
    static func seconds() -> Int { time(nil) }
}
