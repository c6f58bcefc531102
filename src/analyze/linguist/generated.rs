//! Whether a tool wrote a file: linguist's `generated.rb`.
//!
//! What the path says is separate from what the content says, because only the latter can be kept with a blob.

use bstr::{BStr, ByteSlice};
use memchr::memmem;

use super::generated_content;
use super::tag::PathTag;
use super::text::considered;
use crate::analyze::files::file_name;

/// Whether linguist takes a file for generated.
pub fn is_generated(path: &BStr, bytes: &[u8]) -> bool {
    is_generated_by_path(path) || is_generated_by_content(PathTag::of(path), bytes)
}

/// Whether the content of a file whose path has this tag says that a tool wrote it.
///
/// Linguist tells `.js` from `.JS` in most of these rules; here both are the same.
pub fn is_generated_by_content(tag: PathTag, bytes: &[u8]) -> bool {
    generated_content::says_so(tag.last_extension(), considered(bytes))
}

/// Anywhere in the path.
const WORDS: [&str; 18] = [
    "Cargo.lock",
    "Cargo.toml.orig",
    "Godeps/",
    "Gopkg.lock",
    "Package.resolved",
    "Pipfile.lock",
    "__generated__/",
    "composer.lock",
    "deno.lock",
    "glide.lock",
    "node_modules/",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pdm.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
];

/// A folder, or two, above the file.
const FOLDERS: [&str; 4] = [".idea/", "Pods/", "Carthage/Build/", "htmlcov/"];

/// The whole name.
const NAMES: [&str; 6] = [
    ".secrets.baseline",
    ".terraform.lock.hcl",
    "MODULE.bazel.lock",
    "bun.lock",
    "bun.lockb",
    "flake.lock",
];

/// The whole name in any case.
const NAMES_IN_ANY_CASE: [&str; 4] = ["gradlew", "gradlew.bat", "mvnw", "mvnw.cmd"];

/// The end of the name.
const ENDS: [&str; 3] = [".nib", ".xcuserstate", ".xcworkspacedata"];

/// The end of the name in any case.
const ENDS_IN_ANY_CASE: [&str; 6] = [
    ".css.map",
    ".designer.cs",
    ".designer.vb",
    ".feature.cs",
    ".js.map",
    "_tlb.pas",
];

/// Whether the path of a file says that a tool wrote it.
pub fn is_generated_by_path(path: &BStr) -> bool {
    let name = file_name(path);
    let has_folder = |folder: &&str| {
        memmem::find_iter(path.as_bytes(), folder.as_bytes())
            .any(|at| at == 0 || path.get(at - 1) == Some(&b'/'))
    };
    let ends_in_any_case = |end: &&str| {
        name.len()
            .checked_sub(end.len())
            .and_then(|start| name.get(start..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
    };
    WORDS
        .iter()
        .any(|word| memmem::find(path, word.as_bytes()).is_some())
        || FOLDERS.iter().any(has_folder)
        || NAMES.iter().any(|whole| name == whole.as_bytes())
        || NAMES_IN_ANY_CASE
            .iter()
            .any(|whole| name.eq_ignore_ascii_case(whole.as_bytes()))
        || ENDS
            .iter()
            .any(|end| name.len() > end.len() && name.ends_with(end.as_bytes()))
        || ENDS_IN_ANY_CASE.iter().any(ends_in_any_case)
        || is_yarn_plug_and_play(path)
        || is_esy_lock(name)
        || is_zephir(path)
        || is_mise_lock(name)
        || is_julia_manifest(name)
        || is_sqlx_query(path)
        || is_go_dependency(path)
}

/// `(^|/)\.pnp\..*$`
fn is_yarn_plug_and_play(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/')
        .any(|part| part.starts_with(b".pnp."))
}

/// `(^|/)(\w+\.)?esy.lock$`
fn is_esy_lock(name: &[u8]) -> bool {
    let Some((head, tail)) = name
        .len()
        .checked_sub(8)
        .and_then(|at| name.split_at_checked(at))
    else {
        return false;
    };
    let is_lock = tail.starts_with(b"esy") && tail.ends_with(b"lock");
    is_lock
        && match head {
            [] => true,
            [word @ .., b'.'] => !word.is_empty() && word.iter().all(|byte| is_word(*byte)),
            _ => false,
        }
}

/// `.\.zep\.(?:c|h|php)$`
fn is_zephir(path: &[u8]) -> bool {
    [".zep.c", ".zep.h", ".zep.php"]
        .iter()
        .any(|end| path.len() > end.len() && path.ends_with(end.as_bytes()))
}

/// `(?:^|/)mise(?:\.[^/]+)?\.lock$`
fn is_mise_lock(name: &[u8]) -> bool {
    let middle = name
        .strip_prefix(b"mise")
        .and_then(|rest| rest.strip_suffix(b".lock"));
    middle.is_some_and(|middle| match middle {
        [] => true,
        [dot, rest @ ..] => *dot == b'.' && !rest.is_empty(),
    })
}

/// `(?:^|/)(Julia)?Manifest(-v\d+\.\d+)?\.toml$`
fn is_julia_manifest(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"Julia").unwrap_or(name);
    let Some(version) = name
        .strip_prefix(b"Manifest")
        .and_then(|rest| rest.strip_suffix(b".toml"))
    else {
        return false;
    };
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    match version.strip_prefix(b"-v") {
        None => version.is_empty(),
        Some(numbers) => {
            let mut parts = numbers.split(|byte| *byte == b'.');
            parts.next().is_some_and(is_number)
                && parts.next().is_some_and(is_number)
                && parts.next().is_none()
        }
    }
}

/// `(?:^|/)\.sqlx/query-[a-f\d]{64}\.json$`
fn is_sqlx_query(path: &[u8]) -> bool {
    let Some(stem) = path.strip_suffix(b".json") else {
        return false;
    };
    let Some((head, hash)) = stem
        .len()
        .checked_sub(64)
        .and_then(|at| stem.split_at_checked(at))
    else {
        return false;
    };
    let folder = head.strip_suffix(b".sqlx/query-");
    folder.is_some_and(|folder| folder.is_empty() || folder.ends_with(b"/"))
        && hash
            .iter()
            .all(|byte| matches!(byte, b'a'..=b'f' | b'0'..=b'9'))
}

/// `vendor/((?!-)[-0-9A-Za-z]+(?<!-)\.)+(com|edu|gov|in|me|net|org|fm|io)`
fn is_go_dependency(path: &[u8]) -> bool {
    memmem::find_iter(path, b"vendor/").any(|at| {
        let mut rest = path.get(at + 7..).unwrap_or_default();
        while let Some(after) = host_label(rest) {
            if ["com", "edu", "gov", "in", "me", "net", "org", "fm", "io"]
                .iter()
                .any(|domain| after.starts_with(domain.as_bytes()))
            {
                return true;
            }
            rest = after;
        }
        false
    })
}

/// What follows `github.`.
fn host_label(text: &[u8]) -> Option<&[u8]> {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')?;
    let (label, rest) = text.split_at_checked(end)?;
    let hyphen = label.starts_with(b"-") || label.ends_with(b"-");
    rest.strip_prefix(b".")
        .filter(|_| !label.is_empty() && !hyphen)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_and_other_products_of_tools_are_told_by_their_paths() {
        let query = format!("db/.sqlx/query-{}.json", "a0".repeat(32));
        for path in [
            "Cargo.lock",
            "a/package-lock.json",
            "node_modules/a.js",
            "src/Form.Designer.cs",
            "a/GRADLEW.bat",
            "mvnw",
            ".idea/x.xml",
            "a/.pnp.cjs",
            "esy.lock",
            "a/dev.esy.lock",
            "a.zep.c",
            "mise.lock",
            "mise.dev.lock",
            "JuliaManifest.toml",
            "a/Manifest-v1.11.toml",
            &query,
            "go/vendor/github.com/a/b.go",
            "vendor/gopkg.in/yaml.v2/a.go",
            "x/htmlcov/index.html",
            "Pods/a.m",
            "Main.nib",
            "lib.js.map",
            "Foo_TLB.pas",
            "src/__generated__/a.graphql.js",
        ] {
            assert!(is_generated_by_path(path.into()), "{path}");
        }
        for path in [
            "src/main.rs",
            "Cargo.toml",
            "easy.pnp.c",
            "foo-esy.lock",
            ".zep.c",
            "misery.lock",
            "mise..lock",
            "Manifest-v1.toml",
            "db/.sqlx/query-abc.json",
            "vendor/-a.com/x",
            "vendor/lib/a.rb",
            "MyPods/a.m",
            "Carthage/a",
            "a/gradlewx",
            "",
        ] {
            assert!(!is_generated_by_path(path.into()), "{path}");
        }
    }
}
