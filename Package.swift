// swift-tools-version: 6.2
import PackageDescription

/// One set of settings for every target: the language mode, the upcoming
/// features that make imports and existentials explicit, and no warnings.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ uses: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: uses, swiftSettings: strict)
}

func helper(_ name: String, _ uses: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: uses, path: "Tests/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ uses: [Target.Dependency], resources: [Resource] = [], exclude: [String] = [])
    -> Target
{
    .testTarget(
        name: "\(name)Tests", dependencies: uses, exclude: exclude, resources: resources,
        swiftSettings: strict)
}

// In the order in which data meets them; ARCHITECTURE.md draws the graph.
let libraries: [Target] = [
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CMalloc"),
    module("LosslessJSON"),
    module("SQLite", ["CSQLite"]),
    module("HTTP"),
    module("HTTPCurl", ["HTTP", "CCurl"]),
    module("LettaModel"),
    module("Hashing", ["CCrypto", "LettaModel", "LosslessJSON"]),
    module("Home", ["LettaModel"]),
    module("LettaServer", ["Home", "HTTP", "LosslessJSON", "LettaModel"]),
    module("AgentFile", ["LosslessJSON", "LettaModel"]),
    module("Snapshot", ["SQLite", "Hashing", "LosslessJSON", "LettaModel"]),
    module("Journal", ["SQLite", "LosslessJSON", "LettaModel"]),
    module("WorkerTree", ["SQLite", "LosslessJSON", "LettaModel"]),
    module("Plan", ["LosslessJSON", "LettaModel"]),
    module("Verify", ["Home", "LosslessJSON", "LettaModel"]),
    module("Host", ["HTTP", "LosslessJSON", "LettaModel"]),
    module("HostSetup", ["Host", "HTTP", "Journal", "Hashing", "LosslessJSON", "LettaModel"]),
    module("Report", ["Verify", "Plan", "LosslessJSON", "LettaModel"]),
    module(
        "Migration",
        [
            "Home", "AgentFile", "Snapshot", "Journal", "Plan", "Verify", "Report", "Hashing", "LosslessJSON",
            "LettaModel",
        ]),
    module(
        "Workers",
        ["Home", "Journal", "Snapshot", "WorkerTree", "SQLite", "Hashing", "LosslessJSON", "LettaModel"]),
]

let program: Target = .executableTarget(
    name: "FerryCLI",
    dependencies: [
        "CMalloc", "Migration", "Host", "HostSetup", "LettaServer", "HTTPCurl", "HTTP", "Home", "Snapshot",
        "Journal",
        "Plan", "Verify", "Report", "AgentFile", "Workers", "WorkerTree", "LosslessJSON", "LettaModel",
    ],
    swiftSettings: strict)

let testing: [Target] = [
    helper("ScriptedLetta", ["LosslessJSON"]),
    helper("StillHome", ["Home", "LettaModel"]),
    helper("WorkerFixtures", ["SQLite"]),
    .executableTarget(
        name: "scripted-letta", dependencies: ["ScriptedLetta"], path: "Tests/ScriptedLettaTool",
        swiftSettings: strict),
    .executableTarget(
        name: "synthetic-tree", dependencies: ["WorkerFixtures"], path: "Tests/WorkerFixturesTool",
        swiftSettings: strict),
    helper("HomeConformance", ["Home", "LettaModel", "LosslessJSON"]),
    tests("LosslessJSON", ["LosslessJSON"]),
    tests("SQLite", ["SQLite"]),
    tests("HTTP", ["HTTP"]),
    tests(
        "Host", ["Host", "HTTP", "HTTPCurl", "LosslessJSON", "LettaModel", "ScriptedLetta"],
        exclude: ["Browser"]),
    tests(
        "HostSetup",
        ["HostSetup", "Host", "HTTP", "HTTPCurl", "Journal", "ScriptedLetta", "LosslessJSON", "LettaModel"],
        exclude: ["Golden"]),
    tests("HTTPCurl", ["HTTPCurl", "HTTP", "ScriptedLetta"]),
    tests("LettaModel", ["LettaModel"]),
    tests("Hashing", ["Hashing", "LosslessJSON", "LettaModel"]),
    tests("Home", ["Home", "LettaModel"]),
    tests(
        "LettaServer",
        ["LettaServer", "Home", "HTTP", "HTTPCurl", "LosslessJSON", "LettaModel", "ScriptedLetta"]),
    tests("AgentFile", ["AgentFile", "LosslessJSON", "LettaModel"]),
    tests("Snapshot", ["Snapshot", "SQLite", "Hashing", "LosslessJSON", "LettaModel"]),
    tests("Journal", ["Journal", "SQLite", "LettaModel"]),
    tests("WorkerTree", ["WorkerTree", "WorkerFixtures", "SQLite", "LosslessJSON", "LettaModel"]),
    tests("Plan", ["Plan", "LosslessJSON", "LettaModel"]),
    tests("Verify", ["Verify", "Home", "LosslessJSON", "LettaModel", "StillHome"]),
    tests(
        "Report", ["Report", "Verify", "Plan", "Home", "LosslessJSON", "LettaModel", "StillHome"],
        exclude: ["Golden"]),
    tests(
        "Migration",
        [
            "Migration", "LettaServer", "HTTPCurl", "HTTP", "Home", "AgentFile", "Snapshot", "Journal",
            "Plan",
            "Verify", "Report", "LosslessJSON", "LettaModel", "ScriptedLetta",
        ]),
    tests(
        "Workers",
        [
            "Workers", "WorkerTree", "WorkerFixtures", "Home", "LettaServer", "HTTPCurl", "HTTP", "Journal",
            "Snapshot", "SQLite", "Hashing", "LosslessJSON", "LettaModel", "ScriptedLetta",
        ]),
    tests(
        "FerryCLI", ["FerryCLI", "LosslessJSON", "LettaModel", "Workers", "ScriptedLetta", "WorkerFixtures"],
        exclude: ["Scripts", "Namespace"]),
    tests(
        "Conformance",
        [
            "HomeConformance", "LettaServer", "HTTPCurl", "HTTP", "Home", "AgentFile", "LosslessJSON",
            "LettaModel", "ScriptedLetta",
        ]),
    tests(
        "Lab",
        [
            "Migration", "LettaServer", "HTTPCurl", "HTTP", "Home", "AgentFile", "Snapshot", "Journal",
            "Plan",
            "Verify", "Report", "LosslessJSON", "LettaModel", "WorkerFixtures", "SQLite",
        ]),
]

let package = Package(
    name: "ferry",
    products: [.executable(name: "ferry", targets: ["FerryCLI"])],
    targets: libraries + [program] + testing
)
