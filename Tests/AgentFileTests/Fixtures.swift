import LettaModel
import LosslessJSON

@testable import AgentFile

/// JSON written with single quotes, to be read.
func json(_ text: String) -> [UInt8] {
    Array(text.replacing("'", with: "\"").utf8)
}

func canonical(_ bytes: [UInt8]) throws -> String {
    String(decoding: Canonical.bytes(try JSONDocument(bytes).root), as: UTF8.self)
}

func canonical(_ node: JSONNode) throws -> String { try canonical(node.bytes()) }

/// A row of an export: `members` on top of what every row has.
func row(_ members: String) throws -> [UInt8] {
    let base = try JSONDocument(
        json("{'type':'message','role':'user','content':[],'created_at':'2026-05-02T13:11:12.345678+00:00'}"))
    var node = JSONNode.shallow(base.root)
    for (key, value) in try JSONDocument(json("{\(members)}")).root.members { node[key] = JSONNode(value) }
    return node.bytes()
}

func input(_ ordinal: Int, _ id: String, _ members: String) throws -> ShapeInput {
    ShapeInput(ordinal: ordinal, sourceID: id, json: try row(members), origin: .native)
}

/// All outputs for these rows, in order.
func shape(_ inputs: [ShapeInput], agentType: String = "letta_v1_agent") throws -> [ShapeOutput] {
    var shaper = RowShaper(agentType: agentType)
    return try inputs.flatMap { try shaper.take($0) } + shaper.finish()
}

func rows(_ outputs: [ShapeOutput]) -> [ShapedRow] {
    outputs.compactMap { if case .row(let row) = $0 { row } else { nil } }
}

let call = "{'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}}"
let reasoning = "{'type':'reasoning','is_native':true,'reasoning':'hm','signature':null}"
let text = "{'type':'text','text':'hello','signature':null}"
