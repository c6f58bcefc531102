//! The built-in analysers: they read blobs and need no tool.
