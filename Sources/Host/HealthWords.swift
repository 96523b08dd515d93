import LosslessJSON

/// What `/v1/health/` says.
struct HealthWords {
    /// Nil unless it is Letta's own JSON.
    var version: String?
    var status: String?

    init(_ heard: Heard) {
        guard let answer = heard.answer, answer.status == 200, let root = try? JSONDocument(answer.body).root
        else {
            return
        }
        version = root["version"]?.string
        status = root["status"]?.string
    }
}
