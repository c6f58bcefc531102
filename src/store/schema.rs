//! The databases there are.

/// A kind of database: its files, its mark, and how it came to its present form.
#[derive(Debug)]
pub struct Schema {
    /// The file in the state directory.
    pub file: &'static str,
    /// The lock that openers hold shared.
    pub lock: &'static str,
    /// The file whose space is given up when the disk is full.
    pub ballast: Option<&'static str>,
    /// SQLite's `application_id`.
    pub application_id: i32,
    /// What leads from version n to n + 1. Never edited once released, only extended.
    pub migrations: &'static [&'static str],
}

impl Schema {
    /// The newest version this program knows.
    pub fn version(&self) -> i64 {
        // There is a handful of migrations.
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }
}

/// The queue, of a repository or of the user.
pub static QUEUE: Schema = Schema {
    file: "queue.db",
    lock: "open.lock",
    ballast: Some("ballast"),
    application_id: 0x7465_6e64, // "tend"
    migrations: &[
        include_str!("schema.sql"),
        include_str!("schema_verdicts.sql"),
        include_str!("schema_bisect.sql"),
        include_str!("schema_notices.sql"),
        include_str!("schema_totals.sql"),
        include_str!("schema_commit_sessions.sql"),
    ],
};

/// Facts about blobs. A file of its own, so that a large write of facts never holds the queue's write lock.
pub static CACHE: Schema = Schema {
    file: "cache.db",
    lock: "cache.lock",
    ballast: None,
    application_id: 0x7465_6e63, // "tenc"
    migrations: &[include_str!("cache.sql"), include_str!("cache_pages.sql")],
};

/// The user's knowledge graph of agents' sessions, and the index of their conversations.
pub static GRAPH: Schema = Schema {
    file: "graph.db",
    lock: "graph.lock",
    ballast: None,
    application_id: 0x7465_6e67, // "teng"
    migrations: &[include_str!("graph.sql"), include_str!("graph_agent.sql")],
};

/// The user's own: what was done again and again, and the automations that came of it.
pub static OPTIMIZE: Schema = Schema {
    file: "optimize.db",
    lock: "optimize.lock",
    ballast: None,
    application_id: 0x7465_6e6f, // "teno"
    migrations: &[
        include_str!("optimize.sql"),
        include_str!("optimize_automations.sql"),
        include_str!("optimize_efficiency.sql"),
    ],
};
