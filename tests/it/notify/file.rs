//! The file of JSON lines.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use git_tend::config::notify::{File, Severity};
use git_tend::config::units::Size;
use git_tend::notify::channel::file::JsonLines;
use git_tend::notify::{Channel, Message, Refusal};
use serde_json::Value;
use tempfile::TempDir;

use super::{HOSTILE, message, notice};
use crate::support::disk::SmallDisk;

const LIMIT: Duration = Duration::from_secs(30);

fn settings(path: &Path, max_size: u64, keep: u32) -> File {
    File {
        path: Some(path.to_str().unwrap().to_owned()),
        max_size: Size(max_size),
        keep: NonZeroU32::new(keep).unwrap(),
        ..File::default()
    }
}

fn channel(path: &Path, max_size: u64, keep: u32) -> JsonLines {
    JsonLines::new(&settings(path, max_size, keep), Path::new("/"), None).unwrap()
}

/// A channel to a file without much of a limit.
fn plenty(path: &Path) -> JsonLines {
    channel(path, 10 << 20, 4)
}

fn world() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.jsonl");
    (folder, path)
}

fn one(id: &str) -> Message {
    message(vec![notice(id, Severity::Info)])
}

fn older(path: &Path, number: u32) -> PathBuf {
    PathBuf::from(format!("{}.{number}", path.display()))
}

/// The lines of a file, each of which must be whole.
#[track_caller]
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn ids(path: &Path) -> Vec<String> {
    let id = |line: &Value| line["id"].as_str().unwrap().to_owned();
    lines(path).iter().map(id).collect()
}

#[track_caller]
fn refused_for_good(sent: Result<(), Refusal>) -> String {
    match sent {
        Err(Refusal::Final(text)) => text,
        other => panic!("not refused for good: {other:?}"),
    }
}

#[test]
fn a_notice_is_a_line_that_its_owner_alone_reads() {
    let (folder, _) = world();
    let state = folder.path().join("state").join("1000");
    let channel = JsonLines::new(&File::default(), &state, None).unwrap();
    assert_eq!(channel.path(), state.join("notices.jsonl"));
    channel.check().unwrap();
    assert!(!state.exists(), "checking makes nothing");
    channel.send(&one("a"), LIMIT).unwrap();
    let expected = concat!(
        r#"{"schema":1,"id":"a","time":"1970-01-01T00:00:00Z","event":"task_failed","severity":"info","#,
        r#""repository":"website","host":"box","task":"docs","job":null,"title":"docs failed in website","#,
        r#""message":"exit code 2","metadata":{"task_name":"docs","duration":1.5}}"#,
        "\n"
    );
    assert_eq!(fs::read_to_string(channel.path()).unwrap(), expected);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(channel.path()), 0o600);
    assert_eq!(mode(&state), 0o700);
    assert_eq!(mode(&folder.path().join("state")), 0o700);
}

#[test]
fn a_folder_that_exists_stays_as_open_as_it_is() {
    let (folder, path) = world();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    plenty(&path).send(&one("a"), LIMIT).unwrap();
    let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

#[test]
fn hostile_text_stays_inside_its_line_and_comes_back_as_it_was() {
    let (_folder, path) = world();
    let mut hostile = notice("a", Severity::Error);
    hostile.title = HOSTILE.into();
    hostile.message = HOSTILE.repeat(3000);
    hostile.task = Some(HOSTILE.into());
    hostile.metadata.insert(HOSTILE.into(), HOSTILE.into());
    let long = hostile.message.clone();
    plenty(&path).send(&message(vec![hostile]), LIMIT).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.trim_end().contains(git_tend::system::plain::steers));
    let read = lines(&path);
    assert_eq!(read.len(), 1);
    assert_eq!(read[0]["title"], HOSTILE);
    assert_eq!(read[0]["message"], long.as_str());
    assert_eq!(read[0]["metadata"][HOSTILE], HOSTILE);
}

#[test]
fn a_notice_that_comes_again_is_not_written_again() {
    let (_folder, path) = world();
    let channel = plenty(&path);
    let two = message(vec![
        notice("a", Severity::Info),
        notice("b", Severity::Info),
    ]);
    channel.send(&two, LIMIT).unwrap();
    channel.send(&two, LIMIT).unwrap();
    channel.send(&one("c"), LIMIT).unwrap();
    channel.send(&one("a"), LIMIT).unwrap();
    assert_eq!(ids(&path), ["a", "b", "c"]);
}

#[test]
fn the_file_moves_exactly_when_it_would_grow_beyond_its_size() {
    let (_folder, path) = world();
    plenty(&path).send(&one("0"), LIMIT).unwrap();
    let length = fs::metadata(&path).unwrap().len();
    let exact = channel(&path, 2 * length, 2);
    exact.send(&one("1"), LIMIT).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), 2 * length);
    assert!(!older(&path, 1).exists());
    // What was written before the file moved is remembered as well.
    exact.send(&one("2"), LIMIT).unwrap();
    exact.send(&one("1"), LIMIT).unwrap();
    assert_eq!(ids(&path), ["2"]);
    assert_eq!(ids(&older(&path, 1)), ["0", "1"]);
    let narrow = channel(&path, 2 * length - 1, 2);
    for id in ["3", "4"] {
        narrow.send(&one(id), LIMIT).unwrap();
    }
    assert_eq!(ids(&path), ["4"]);
    assert_eq!(ids(&older(&path, 1)), ["3"]);
    assert_eq!(ids(&older(&path, 2)), ["2"]);
    assert!(!older(&path, 3).exists());
    // A line that is larger than a file may be has one of its own.
    let tiny = channel(&path, 1, 2);
    tiny.send(&one("5"), LIMIT).unwrap();
    assert_eq!(ids(&path), ["5"]);
}

#[test]
fn a_message_of_many_notices_moves_the_file_as_it_goes() {
    let (_folder, path) = world();
    let many = message(
        (0..20)
            .map(|number| notice(&format!("{number:02}"), Severity::Info))
            .collect(),
    );
    channel(&path, 1000, 50).send(&many, LIMIT).unwrap();
    let mut all = Vec::new();
    for number in (1..50)
        .rev()
        .filter(|number| older(&path, *number).exists())
    {
        let file = older(&path, number);
        assert!(fs::metadata(&file).unwrap().len() <= 1000);
        all.extend(ids(&file));
    }
    all.extend(ids(&path));
    let expected: Vec<_> = many
        .notices
        .iter()
        .map(|notice| notice.id.clone())
        .collect();
    assert_eq!(all, expected);
}

#[test]
fn writers_at_once_lose_and_tear_nothing_while_the_file_moves() {
    let (_folder, path) = world();
    let together = Barrier::new(8);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (path, together) = (&path, &together);
            scope.spawn(move || {
                together.wait();
                // Two lines a file: a move of many files takes long enough for others to come between.
                let channel = channel(path, 700, 400);
                for number in 0..40 {
                    let id = format!("{writer}-{number}");
                    channel.send(&one(&id), LIMIT).unwrap();
                }
            });
        }
    });
    let mut seen = BTreeMap::new();
    let files = std::iter::once(path.clone()).chain((1..=400).map(|number| older(&path, number)));
    for file in files.filter(|file| file.exists()) {
        assert!(fs::metadata(&file).unwrap().len() <= 700);
        for id in ids(&file) {
            *seen.entry(id).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), 8 * 40);
    assert!(seen.values().all(|count| *count == 1));
}

#[test]
fn a_line_that_a_crash_tore_is_ended_before_the_next() {
    let (_folder, path) = world();
    fs::write(&path, r#"{"schema":1,"id":"torn","ti"#).unwrap();
    plenty(&path).send(&one("a"), LIMIT).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let (torn, rest) = text.split_once('\n').unwrap();
    assert_eq!(torn, r#"{"schema":1,"id":"torn","ti"#);
    assert!(rest.starts_with(r#"{"schema":1,"id":"a""#) && rest.ends_with("}\n"));
    // It was not written, so it still is to be.
    plenty(&path).send(&one("torn"), LIMIT).unwrap();
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains(r#""id":"torn","time""#)
    );
}

#[test]
fn bytes_of_somebody_else_in_the_file_disturb_nothing() {
    let (_folder, path) = world();
    let mut bytes = vec![0xff; 100_000];
    bytes.extend(b"\n[1]\nnull\n{\"id\":7}\n");
    fs::write(&path, &bytes).unwrap();
    plenty(&path).send(&one("a"), LIMIT).unwrap();
    plenty(&path).send(&one("a"), LIMIT).unwrap();
    let written = fs::read(&path).unwrap();
    let added = String::from_utf8(written[bytes.len()..].to_vec()).unwrap();
    assert_eq!(added.lines().count(), 1, "{added}");
}

#[test]
fn a_full_disk_takes_the_notice_later_and_no_part_of_it() {
    let (folder, _) = world();
    let Some(small) = SmallDisk::mount(folder.path(), 256) else {
        return;
    };
    let path = small.folder().join("notices.jsonl");
    let channel = plenty(&path);
    channel.send(&one("a"), LIMIT).unwrap();
    small.fill();
    // What is left of the file's page takes the beginning of the line.
    let mut long = notice("b", Severity::Info);
    long.message = "x".repeat(8000);
    let long = message(vec![long]);
    let refused = channel.send(&long, LIMIT).unwrap_err();
    assert!(
        matches!(&refused, Refusal::Later(text) if text.contains("space")),
        "{refused:?}"
    );
    assert_eq!(ids(&path), ["a"]);
    small.empty();
    channel.send(&long, LIMIT).unwrap();
    assert_eq!(ids(&path), ["a", "b"]);
}

#[test]
fn a_read_only_disk_refuses_for_good() {
    let (folder, _) = world();
    let Some(small) = SmallDisk::mount(folder.path(), 64) else {
        return;
    };
    let path = small.folder().join("notices.jsonl");
    plenty(&path).send(&one("a"), LIMIT).unwrap();
    small.freeze();
    for path in [path, small.folder().join("new").join("n")] {
        let text = refused_for_good(plenty(&path).send(&one("b"), LIMIT));
        assert!(text.to_lowercase().contains("read-only"), "{text}");
        assert_eq!(refused_for_good(plenty(&path).check()), text);
    }
}

#[test]
fn what_is_no_file_is_refused_and_says_what_it_is() {
    let (folder, path) = world();
    let link = folder.path().join("link");
    fs::write(&path, "").unwrap();
    symlink(&path, &link).unwrap();
    let refused = |path: &Path| {
        let text = refused_for_good(plenty(path).send(&one("a"), LIMIT));
        assert_eq!(refused_for_good(plenty(path).check()), text);
        text
    };
    assert!(refused(&link).contains("symbolic link"));
    assert_eq!(fs::read(&path).unwrap(), b"");
    let inner = folder.path().join("folder");
    fs::create_dir(&inner).unwrap();
    assert!(refused(&inner).contains("it is a folder"));
    assert!(refused(Path::new("/dev/full")).contains("not a regular file"));
    assert!(
        refused(&path.join("below"))
            .to_lowercase()
            .contains("not a directory")
    );
    let relative = settings(Path::new("notices.jsonl"), 1, 1);
    let text = JsonLines::new(&relative, Path::new("/"), None).unwrap_err();
    assert!(matches!(&text, Refusal::Final(text) if text.contains("`~/notices.jsonl`")));
}

#[test]
fn whoever_keeps_the_lock_costs_no_more_than_the_limit() {
    let (_folder, path) = world();
    plenty(&path).send(&one("a"), LIMIT).unwrap();
    let lock = fs::File::open(format!("{}.lock", path.display())).unwrap();
    lock.lock().unwrap();
    let start = Instant::now();
    let refused = plenty(&path)
        .send(&one("b"), Duration::from_millis(50))
        .unwrap_err();
    assert!(
        matches!(&refused, Refusal::Later(text) if text.contains("locked")),
        "{refused:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(10));
    drop(lock);
    plenty(&path).send(&one("b"), LIMIT).unwrap();
    assert_eq!(ids(&path), ["a", "b"]);
}
