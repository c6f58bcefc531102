//! Gradle's `gradle.lockfile`: coordinates with the configurations that have them, without who needs whom.

use super::format::LockFormat;
use super::locked::{LockFile, Locked, LockedScope};

pub(super) fn parse(text: &str) -> LockFile {
    let mut lock = LockFile::new(LockFormat::GradleLock);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (coordinate, configurations) = line.split_once('=').unwrap_or((line, ""));
        // `empty=` lists the configurations that have nothing.
        if coordinate == "empty" {
            continue;
        }
        let mut parts = coordinate.split(':');
        let (Some(group), Some(artifact), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            if lock.problems.len() < 8 {
                lock.problems
                    .push(format!("line {} is not understood", number + 1));
            }
            continue;
        };
        let mut package = Locked::new(format!("{group}:{artifact}"), version);
        package.scope = Some(scope(configurations));
        lock.packages.push(package);
    }
    lock
}

/// The product is compiled against it or runs with it, unless only tests or tools of the build do.
fn scope(configurations: &str) -> LockedScope {
    let serves_product = |configuration: &str| {
        let name = configuration.trim().to_ascii_lowercase();
        let classpath = name.ends_with("compileclasspath") || name.ends_with("runtimeclasspath");
        (classpath || name.ends_with("implementation") || name.ends_with("api"))
            && !name.contains("test")
    };
    let mut names = configurations.split(',').filter(|name| !name.is_empty());
    // Files of the oldest form have no configurations: each is one by itself.
    if configurations.is_empty() || names.any(serves_product) {
        LockedScope::Runtime
    } else {
        LockedScope::Dev
    }
}
