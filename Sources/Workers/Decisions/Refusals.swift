import LettaModel
import WorkerTree

/// What stands in the way of a move, each with what to type.
enum Refusals {
    static func running(
        _ path: String, _ words: String, name: String, end: Failure.End = .source
    ) -> Failure {
        Failure(
            .workerRunning, subject: path, reason: "\(name) still runs: \(words)",
            remedy:
                "stop it, or let ferry do it: --stop-with 'systemctl stop UNIT'; then run the command again",
            end: end)
    }

    static func stopFailed(_ status: Int32) -> Failure {
        Failure(
            .workerRunning, subject: "--stop-with", reason: "the command ended with \(status)",
            remedy: "try the command by hand; it said what is printed above", end: .source)
    }

    /// A run goes on by its order, in which the command is not.
    static func stopCommandNeeded(_ refusal: Failure) -> Failure {
        Failure(
            refusal.code, subject: refusal.subject, reason: refusal.reason,
            remedy: "stop it; or run the same ferry workers move once more, with its --stop-with, whose "
                + "command ferry does not keep", end: refusal.end, underlying: refusal.underlying)
    }

    static func locked(_ path: String, name: String, end: Failure.End = .source) -> Failure {
        Failure(
            .workerRunning, subject: path, reason: "somebody holds a lock on \(name)'s database",
            remedy: "find who: grep POSIX /proc/locks; stop it, then run the command again", end: end)
    }

    static func hidden(_ path: String, count: Int) -> Failure {
        Failure(
            .workerRunning, subject: path,
            reason: "\(count.counted("process", "processes")) of its owner cannot be looked into, "
                + "so nobody can prove that it has stopped",
            remedy: "run ferry as root, or as the user who owns the workers", end: .source)
    }

    static func unmapped(_ old: String, worker: String, at server: String) -> Failure {
        Failure(
            .agentUnmapped, subject: worker,
            reason:
                "no finished run moved its agent \(old) to \(server), so the agent that takes its place is not known",
            remedy: "move the agent first: ferry move; or name the agent that is there already: --agent ID")
    }

    /// An id alone stands for the one agent of a tree.
    static func severalAgents(_ olds: [String], new: String) -> Failure {
        Failure(
            .usage, subject: "--agent \(ShellWord.quoted(new))",
            reason: "the tree speaks to \(olds.count.grouped) agents, and all would become this one",
            remedy: "say which is which: "
                + olds.map { "--agent \(ShellWord.quoted($0))=NEW" }.joined(separator: " "))
    }

    static func noAgent(worker: String, key: String) -> Failure {
        Failure(
            .agentUnmapped, subject: worker, reason: "nothing sets \(key), so it is not known whom it serves",
            remedy: "set \(key) where it starts, or move its folder without ferry")
    }

    /// - Parameter url: the program's own value; empty for Letta's cloud.
    static func noServer(_ worker: Worker, default url: String) -> Failure {
        let key = worker.kind.serverKey
        let place =
            worker.kind == .broca ? "in the .env beside its main.py" : "where it starts (env.smcp, its unit)"
        return Failure(
            .agentUnmapped, subject: worker.name,
            reason: "nothing sets \(key), so \(worker.kind.rawValue) would speak to "
                + (url.isEmpty ? "Letta's own cloud" : url) + " and not to the new server",
            remedy: "set \(key) \(place) to the server that it speaks to now, then run the command again")
    }

    /// Nobody can say what of the users' own is there, and it would be made
    /// anew without a word.
    static func unasked(_ url: String, at server: String) -> Failure {
        Failure(
            .usage, subject: "--from",
            reason: "the workers speak to \(ShownURL.shown(url)), which is not \(server), and nobody said "
                + "under which name ferry may ask it for its users' identities and blocks",
            remedy: "name it: --from SERVER (see ferry servers); where it is gone for good, with "
                + "--accept source-gone besides")
    }

    static func shared(_ path: String, agents: [String]) -> Failure {
        Failure(
            .workerShared, subject: path,
            reason: "one database serves \(agents.count.counted("agent")): \(agents.joined(separator: ", "))",
            remedy: "split it by hand, a code folder and a database for each agent, then move each of them")
    }

    static func listedTwice(_ path: String, _ what: String) -> Failure {
        Failure(
            .workerDatabaseUnreadable, subject: path,
            reason:
                "\(what): the agent that moved and the one that takes its place, which would be one twice",
            remedy: "take one of the two entries out on its own page, then run the command again")
    }

    /// Another Broca lives where this one's setting leads.
    static func anothers(_ database: String, worker: String, folder: String) -> Failure {
        Failure(
            .workerShared, subject: database,
            reason: "is what \(worker) would open, and it lies with another Broca, in \(folder): either of "
                + "them may take any message",
            remedy:
                "give \(worker) its own DB_PATH; or, if the database is its own, move it into \(worker)'s "
                + "folder first")
    }

    static func attached(_ block: String, label: String, agent: String, at url: String) -> Failure {
        Failure(
            .blockAttached, subject: agent,
            reason: "has a block \(label) attached; Broca's own block of each user has the same label, "
                + "so every message would be delivered again and again",
            remedy: "curl -X PATCH \(ToolServerAdvice.login) "
                + ShellWord.quoted("\(url)/v1/agents/\(agent)/core-memory/blocks/detach/\(block)"),
            end: .target)
    }

    static func toolServer(_ name: String, url: String, at server: String) -> Failure {
        Failure(
            .toolServerRefused, subject: name,
            reason:
                "its URL \(ToolServerAddress.shown(url)) is a loopback or private address, which \(server) refuses to register",
            remedy:
                "give the tool server an address that \(server) takes, register it there, then run the command again",
            end: .target)
    }

    static func noBridge(_ path: String) -> Failure {
        Failure(
            .databaseMissing, subject: path, reason: "there is no file that could be the web chat's database",
            remedy:
                "name the bridge's database with --bridge-db (php/db/web_chat.db, q_bridge_webchat.db), or leave "
                + "the flag out and save it on its own host")
    }

    static func testMode(_ worker: String, what: String) -> Failure {
        Failure(
            .workerTestMode, subject: worker,
            reason: "\(what), so it would answer users with their own words",
            remedy: "set it back in settings.json or .env, then run the command again")
    }

    static func newerSchema(_ path: String, _ words: String) -> Failure {
        Failure(
            .workerDatabaseUnreadable, subject: path, reason: words,
            remedy: "check it: sqlite3 -readonly \(ShellWord.quoted(path)) 'PRAGMA integrity_check'")
    }

    static func noToken(_ key: String, worker: String, server: String) -> Failure {
        Failure(
            .secretMissing, subject: worker,
            reason: "\(key) is the old server's, and \(server) wants another",
            remedy: "say where the new value is: --token-env VARIABLE or --token-file FILE")
    }

    static func kept(_ kept: EffectiveSettings.Kept, at server: String) -> Failure {
        if kept.isTemplate { return template(kept) }
        return Failure(
            .envValueRefused, subject: "\(kept.key) in \(kept.path)\(kept.line.map { ":\($0)" } ?? "")",
            reason:
                "\(kept.worker) would still get the old value: it is put together from variables or written "
                + "in a way that ferry can't rewrite",
            remedy: "write the whole value there, without variables, then run the command again", end: .source
        )
    }

    /// The instance is the folder's name, which a move keeps.
    private static func template(_ kept: EffectiveSettings.Kept) -> Failure {
        Failure(
            .envValueRefused, subject: "\(kept.key) in \(kept.path)\(kept.line.map { ":\($0)" } ?? "")",
            reason:
                "\(kept.worker) would still get the old value: the unit's template makes it of the instance's "
                + "name, and a folder keeps its name in a move",
            remedy:
                "take \(kept.key) out of the template, set it in each agent's own .env or env.smcp, then run "
                + "the command again", end: .source)
    }

    static func live(_ key: String, worker: String, in path: String, line: Int?) -> Failure {
        Failure(
            .envValueRefused, subject: "\(key) in \(path)\(line.flatMap { $0 > 0 ? ":\($0)" : nil } ?? "")",
            reason: "gives \(worker) its channel's token, and --retire cannot take it out there, so the old "
                + "worker could still take part in the channel",
            remedy: "take it out by hand, then run the command again; or leave --retire out", end: .source)
    }

    static func unfitToken(_ source: String) -> Failure {
        Failure(
            .usage, subject: source,
            reason:
                "the value has spaces, quotes, $, # or a backslash, which dotenv, sh and systemd read differently",
            remedy: "use a token without them")
    }

    /// Scripts, units and dotenv files hold the old path without quotes, or in
    /// whichever they have; only a plain one means the same in all of them.
    static func unfitPlace(_ path: String) -> Failure {
        Failure(
            .usage, subject: path,
            reason:
                "start scripts and settings that name the tree would not take spaces, quotes, $, %, : and "
                + "their like in its new path for a part of it",
            remedy: "name a folder of letters, digits, / . _ - with --to", end: .target)
    }

    static func isPlain(_ path: String) -> Bool {
        ShellWord.quoted(path) == path && !path.contains(where: { "%:#".contains($0) })
    }

    static func isFit(_ token: String) -> Bool {
        !token.utf8.contains {
            $0 <= 0x20 || $0 >= 0x7F || [0x22, 0x27, 0x24, 0x23, 0x5C, 0x60].contains($0)
        }
    }

    static func notEmpty(_ path: String) -> Failure {
        Failure(
            .fileExists, subject: path, reason: "is not empty, and ferry overwrites nothing",
            remedy: "name another folder with --to, or move this one away")
    }

    static func changed(_ path: String, _ what: String) -> Failure {
        Failure(
            .sourceChanged, subject: path, reason: "\(what) while it was copied; nothing was published",
            remedy: "stop the workers, then run the same command again", end: .source)
    }
}
