/// What everything that is decided about a host is decided from.
protocol HostView {
    var rendering: Rendering { get }
    var facts: HostFacts { get }
}

extension HostView {
    var config: HostConfig { rendering.config }
    var paths: HostPaths { rendering.paths }
    var isScratch: Bool { !rendering.facts.base.isEmpty }
}
