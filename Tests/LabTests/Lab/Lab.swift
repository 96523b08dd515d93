import Glibc
import HTTP
import HTTPCurl
import Home
import LettaModel
import LettaServer
import LosslessJSON
import Testing

/// The two real servers of `Lab/lab`, where its environment is set.
enum Lab {
    static var isUp: Bool {
        variable("FERRY_LAB_SOURCE_URL") != nil && variable("FERRY_LAB_TARGET_URL") != nil
    }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    static let source = LabServer(role: "SOURCE")
    static let target = LabServer(role: "TARGET")

    /// A word that no other test and no other person uses.
    static func unique() -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        return String((0..<8).map { _ in letters.randomElement() ?? "x" })
    }
}

/// Tests on real servers share the two, so one after the other; but a move
/// waits for one server at a time, so two chains go beside each other. A test
/// looks at nothing that bears another's word (`Lab.unique`).
@Suite(.serialized, .enabled(if: Lab.isUp)) enum MovesOnRealServers {}
/// What is about files, and agents in place: lint, mend, heal, diff, repair.
@Suite(.serialized, .enabled(if: Lab.isUp)) enum FilesOnRealServers {}

struct LabError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// One of the lab's servers, by plain requests.
struct LabServer: Sendable {
    let role: String

    var url: String { Lab.variable("FERRY_LAB_\(role)_URL") ?? "" }
    var tokenFile: String { Lab.variable("FERRY_LAB_\(role)_TOKEN_FILE") ?? "" }

    var token: Secret? {
        guard let file = fopen(tokenFile, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = fread(&buffer, 1, buffer.count, file)
        return Secret(String(decoding: buffer[..<count].filter { $0 > 32 }, as: UTF8.self))
    }

    /// As a place where agents live, over any exchange.
    func home<Side>(
        _ side: Side.Type = Side.self, over exchange: any Exchange
    ) throws -> LettaServer<Side> {
        try LettaServer(name: role.lowercased(), url: url, token: token, exchange: exchange)
    }

    @discardableResult
    func get(_ path: String) async throws -> JSONValue { try await send(.get, path) }

    @discardableResult
    func post(_ path: String, _ body: JSONNode = [:]) async throws -> JSONValue {
        try await send(.post, path, .bytes(body.bytes(), contentType: "application/json"))
    }

    @discardableResult
    func patch(_ path: String, _ body: JSONNode = [:]) async throws -> JSONValue {
        try await send(.patch, path, .bytes(body.bytes(), contentType: "application/json"))
    }

    func delete(_ path: String) async throws { try await send(.delete, path) }

    /// - Returns: the id of the file's first agent.
    func importFile(_ bytes: [UInt8]) async throws -> String {
        let path = "/tmp/ferry-labtest-\(Lab.unique()).af"
        try Files.write(bytes, to: path)
        defer { unlink(path) }
        let form: [FormPart] = [
            .field(name: "append_copy_suffix", value: "false"),
            .field(name: "override_existing_tools", value: "false"),
            .file(name: "file", path: path, fileName: "agent.af", contentType: "application/json"),
        ]
        let answer = try await send(.post, "/v1/agents/import", .form(form))
        guard let id = answer["agent_ids"]?[0]?.string else { throw LabError("the import names no agent") }
        return id
    }

    @discardableResult
    private func send(
        _ method: Request.Method, _ path: String, _ body: RequestBody = .none
    ) async throws -> JSONValue {
        let bytes = try await raw(method, path, body)
        return try JSONDocument(bytes.isEmpty ? Array("null".utf8) : bytes).root
    }

    /// The answer as it came.
    func raw(_ method: Request.Method, _ path: String, _ body: RequestBody = .none) async throws -> [UInt8] {
        try await withCurlExchange(CurlSettings(version: "labtests")) { exchange in
            let request = Request(
                method, url + path,
                headers: [HeaderField("Authorization", "Bearer \(token.map { $0.reveal() } ?? "")")],
                body: body, effect: method == .get ? .read : .create(marker: "labtests"),
                timeout: .seconds(120), usesFreshConnection: true)
            let response = try await exchange.send(request)
            let answer = try await response.body.collect(upTo: 512 << 20)
            guard (200..<300).contains(response.status) else {
                let words = String(decoding: answer.prefix(400), as: UTF8.self)
                throw LabError("\(method.rawValue) \(path): \(response.status) \(words)")
            }
            return answer
        }
    }
}

enum Files {
    static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "w") else { throw LabError("cannot write \(path)") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw LabError("cannot write \(path)")
        }
    }

    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw LabError("cannot read \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// A folder of its own under `/tmp`.
    static func folder() throws -> String {
        var template = Array("/tmp/ferry-labtests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LabError("cannot make a folder") }
        return template.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    /// Links are removed, never followed: a tree may hold one to a folder of
    /// the machine.
    static func removeTree(_ path: String) {
        guard path.hasPrefix("/tmp/ferry-labtests-") else { return }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(in: path) { removeTree("\(path)/\(name)") }
        rmdir(path)
    }

    private static func names(in folder: String) -> [String] {
        guard let entries = opendir(folder) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
