//! SQLite, opened by many short processes: the only place that opens it.
