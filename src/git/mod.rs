//! Git: the only place that names git2; plumbing where git2 cannot.
