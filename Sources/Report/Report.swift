import LettaModel
public import LosslessJSON

/// Everything that is printed of a plan, a verdict or a run. All forms are
/// made of this one value, so none can say more than another.
public struct Report: Sendable, Equatable {
    /// `Move of ada`.
    public var title: String
    /// The verdict in a few words, and whether it is good news.
    public var badge: Badge
    /// The sentence a person can quote; the last line of the text.
    public var headline: String
    public var facts: [Fact]
    public var sections: [Section]
    /// The machine's form; docs/json-output.md has its keys.
    public var json: JSONNode

    /// The colour of a word, by meaning.
    public enum Tone: String, Sendable {
        case good, noted, bad, plain
    }

    public struct Badge: Sendable, Equatable {
        public var word: String
        public var tone: Tone

        public init(word: String, tone: Tone) {
            self.word = word
            self.tone = tone
        }
    }

    /// One line of `name  value` at the top.
    public struct Fact: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A titled part.
    public struct Section: Sendable, Equatable {
        /// Stable, for anchors.
        public var id: String
        public var title: String
        /// Folded away where a page can do that.
        public var isAside: Bool = false
        public var content: [Content]

        public init(id: String, title: String, isAside: Bool = false, content: [Content]) {
            self.id = id
            self.title = title
            self.isAside = isAside
            self.content = content
        }
    }

    public enum Content: Sendable, Equatable {
        case paragraph(String)
        case table(Table)
        case timeline(Timeline)
        case notes([Note])
        /// To be typed.
        case commands([String])
    }

    /// Rows of cells under named columns.
    public struct Table: Sendable, Equatable {
        public var columns: [Column]
        public var rows: [[Cell]]

        public init(columns: [Column], rows: [[Cell]]) {
            self.columns = columns
            self.rows = rows
        }
    }

    public struct Column: Sendable, Equatable {
        public var title: String
        /// Set right, in figures of one width.
        public var isNumber: Bool = false

        public init(title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    public struct Cell: Sendable, Equatable {
        public var text: String
        public var tone: Tone = .plain

        public init(text: String, tone: Tone = .plain) {
            self.text = text
            self.tone = tone
        }
    }

    /// A thing with named remarks below it.
    public struct Note: Sendable, Equatable {
        public var title: String
        public var tone: Tone = .plain
        /// Stable id, set apart from the title; empty where there is none.
        public var id: String = ""
        public var remarks: [Fact] = []

        public init(title: String, tone: Tone = .plain, id: String = "", remarks: [Fact] = []) {
            self.title = title
            self.tone = tone
            self.id = id
            self.remarks = remarks
        }
    }

    public init(
        title: String, badge: Badge, headline: String, facts: [Fact], sections: [Section], json: JSONNode
    ) {
        self.title = title
        self.badge = badge
        self.headline = headline
        self.facts = facts
        self.sections = sections
        self.json = json
    }
}

/// How much of the agent's content a report may show.
public enum Excerpts: String, Sendable, CaseIterable {
    case none
    /// Pieces of at most 60 characters, of fields that differ; the default.
    case differences
    /// Announced changes too, with what was there before.
    case all
}

extension Report {
    public static func number(_ value: Int, _ tone: Tone = .plain) -> Cell {
        Cell(text: value.grouped, tone: tone)
    }
    public static func text(_ value: String, _ tone: Tone = .plain) -> Cell { Cell(text: value, tone: tone) }
}
