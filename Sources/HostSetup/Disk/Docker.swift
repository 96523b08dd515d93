/// The programs of Docker, as far as ferry asks them.
struct Docker: Sendable {
    /// The programs, or a test's stand-ins.
    var docker = "docker"
    var compose = "docker-compose"

    /// Every image is on this host.
    func has(_ images: [String]) -> Bool {
        Tool(words: [docker, "image", "inspect", "--format", "{{.Id}}"] + images).run()?.succeeded == true
    }
}
