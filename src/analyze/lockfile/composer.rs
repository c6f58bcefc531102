//! Composer's `composer.lock`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::format::LockFormat;
use super::hash::{Algorithm, Hash};
use super::linker::Linker;
use super::locked::{Edge, LockFile, Locked, LockedScope, Source};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    packages: Vec<Package>,
    packages_dev: Option<Vec<Package>>,
    plugin_api_version: Option<String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<Origin>,
    dist: Option<Origin>,
    // PHP writes an empty object as an empty list.
    #[serde(default)]
    require: Value,
    #[serde(default)]
    replace: Value,
}

#[derive(Deserialize)]
struct Origin {
    r#type: Option<String>,
    url: Option<String>,
    reference: Option<String>,
    shasum: Option<String>,
}

pub(super) fn parse(text: &str) -> LockFile {
    let file: File = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return LockFile::broken(LockFormat::ComposerLock, error.to_string()),
    };
    let mut lock = LockFile::new(LockFormat::ComposerLock);
    lock.version = file.plugin_api_version;
    let runtime = file.packages.iter().map(|one| (one, LockedScope::Runtime));
    let dev = file.packages_dev.iter().flatten();
    let all: Vec<(&Package, LockedScope)> = runtime
        .chain(dev.map(|one| (one, LockedScope::Dev)))
        .collect();
    lock.packages = all.iter().map(|(one, scope)| locked(one, *scope)).collect();
    let mut linker = Linker::of(&lock.packages);
    for (at, (package, _)) in all.iter().enumerate() {
        for name in keys(&package.replace) {
            linker.add(&name.to_lowercase(), at);
        }
    }
    for ((package, _), locked) in all.iter().zip(&mut lock.packages) {
        let needed = keys(&package.require);
        let mut found: Vec<usize> = needed
            .flat_map(|name| linker.all(&name.to_lowercase()).to_vec())
            .collect();
        found.sort_unstable();
        found.dedup();
        locked.dependencies = found.into_iter().map(Edge::from).collect();
    }
    lock
}

fn keys(object: &Value) -> impl Iterator<Item = &str> {
    object
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
}

fn locked(package: &Package, scope: LockedScope) -> Locked {
    let mut locked = Locked::new(package.name.to_lowercase(), &package.version);
    locked.scope = Some(scope);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    // Packagist's packages name both the repository and an archive of it; others have one of them only.
    locked.source = match (&package.dist, &package.source) {
        (Some(dist), _) if dist.r#type.as_deref() == Some("path") => Source::path(&text(&dist.url)),
        (None, Some(source)) => Source::git(&text(&source.url), source.reference.as_deref()),
        (Some(dist), None) => Source::url(&text(&dist.url)),
        _ => Source::default(),
    };
    let shasum = package
        .dist
        .as_ref()
        .and_then(|dist| dist.shasum.as_deref());
    let hash = shasum.and_then(|hex| Hash::new(Algorithm::Sha1, hex));
    locked.hashes = hash.into_iter().collect();
    locked
}
