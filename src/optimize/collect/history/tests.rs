//! Histories as the shells themselves write them, and whatever else may stand in a file.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::cast_possible_truncation
)]

use proptest::prelude::*;

use super::*;

const TIMED: &[u8] = include_bytes!("../../../../fixtures/histories/bash_timed");
const PLAIN: &[u8] = include_bytes!("../../../../fixtures/histories/bash_plain");
const EXTENDED: &[u8] = include_bytes!("../../../../fixtures/histories/zsh_extended");
const ZSH: &[u8] = include_bytes!("../../../../fixtures/histories/zsh_plain");
const FISH: &[u8] = include_bytes!("../../../../fixtures/histories/fish");

fn read_all(dialect: Dialect, mut bytes: &[u8]) -> (Vec<Entry>, End) {
    let mut found = Vec::new();
    let head = bytes.get(..bytes.len().min(2)).unwrap();
    let end = entries(dialect, head, &mut bytes, 0, &mut |entry| found.push(entry)).unwrap();
    (found, end)
}

fn texts(dialect: Dialect, bytes: &[u8]) -> Vec<String> {
    let (found, _) = read_all(dialect, bytes);
    found.into_iter().map(|entry| entry.text).collect()
}

/// What was typed into zsh, and into bash where it keeps several lines as they were.
const TYPED: [&str; 12] = [
    "git status",
    "git commit -m \"a\nb\"",
    "for i in 1 2; do\necho $i\ndone",
    "cat <<X\none\n\ntwo\nX",
    "# fix",
    "#1 try",
    ": > /dev/null",
    r"echo \\",
    "echo é \u{fffd} \u{83} \u{fffd}x",
    " echo hidden",
    "git push",
    "exit",
];

#[test]
fn what_bash_wrote_with_times_is_what_was_typed() {
    let expected: Vec<&str> = TYPED.into_iter().filter(|text| *text != "#1 try").collect();
    assert_eq!(texts(Dialect::Bash, TIMED), expected);
    let (found, end) = read_all(Dialect::Bash, TIMED);
    assert!(
        found
            .iter()
            .all(|entry| entry.at == Some(1_795_331_915_000))
    );
    assert_eq!((end.offset, end.skipped), (TIMED.len() as u64, 0));
}

#[test]
fn what_bash_wrote_without_times_is_a_line_each() {
    let lines = texts(Dialect::Bash, PLAIN);
    assert_eq!(
        lines.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "git status",
            "git commit -m \"a",
            "b\"",
            "for i in 1 2; do echo $i; done",
            "cat <<X",
            "one",
            "two",
            "X",
            "# fix",
            ": > /dev/null",
            r"echo \\",
            "echo é \u{fffd} \u{83} \u{fffd}x",
            " echo hidden",
            "git push",
            "exit",
        ]
    );
    let (found, _) = read_all(Dialect::Bash, PLAIN);
    assert!(found.iter().all(|entry| entry.at.is_none()));
}

#[test]
fn a_time_is_what_bash_takes_for_one() {
    // The last of two counts, whatever follows the digits is nothing, and a time before there were any is none.
    let (found, _) = read_all(
        Dialect::Bash,
        b"#1700000000\n#1700000001 x\nls\n\n# no time\n#12\nmake\r\n#1700000002\n",
    );
    let found: Vec<_> = found.iter().map(|it| (it.at, it.text.as_str())).collect();
    assert_eq!(
        found,
        [(Some(1_700_000_001_000), "ls\n\n# no time"), (None, "make")]
    );
    // The time of a command that is still to come is read again with it.
    let (_, end) = read_all(Dialect::Bash, b"#1700000000\nls\n#1700000002\n");
    assert_eq!(end.offset, 15);
    // Where the file does not begin with a time, one belongs to the next line alone.
    let (found, _) = read_all(Dialect::Bash, b"ls\n#1700000000\nmake\nmore\n");
    let found: Vec<_> = found.iter().map(|it| (it.at, it.text.as_str())).collect();
    assert_eq!(
        found,
        [
            (None, "ls"),
            (Some(1_700_000_000_000), "make"),
            (None, "more")
        ]
    );
}

#[test]
fn what_zsh_wrote_is_what_was_typed() {
    assert_eq!(texts(Dialect::Zsh, EXTENDED), TYPED);
    assert_eq!(texts(Dialect::Zsh, ZSH), TYPED);
    let (found, _) = read_all(Dialect::Zsh, EXTENDED);
    assert!(
        found
            .iter()
            .all(|entry| entry.at == Some(1_795_331_915_000))
    );
    assert!(
        read_all(Dialect::Zsh, ZSH)
            .0
            .iter()
            .all(|it| it.at.is_none())
    );
}

#[test]
fn zsh_tells_how_long_it_took_and_escapes_in_its_own_way() {
    let (found, end) = read_all(
        Dialect::Zsh,
        b": 1700000000:5;make\n: 1700000000:1700000007;old\n: 1:2;x\n: nothing;y\na\\ \nb\\\\  \nc \nd\\\ne\\",
    );
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.at, it.duration_ms, it.text.as_str()))
        .collect();
    let at = Some(1_700_000_000_000);
    assert_eq!(
        found,
        [
            (at, Some(5000), "make"),
            (at, Some(7000), "old"),
            (None, None, "x"),
            (None, None, ": nothing;y"),
            (None, None, "a\\"),
            (None, None, "b\\\\ "),
            (None, None, "c "),
        ]
    );
    // What goes on in a line that is not there yet is read again with it.
    assert_eq!(end.offset, 81);
}

#[test]
fn what_fish_wrote_is_what_was_typed() {
    assert_eq!(
        texts(Dialect::Fish, FISH),
        [
            "git status",
            "git commit -m \"a\nb\"",
            "for i in 1 2\necho $i\nend",
            r"echo \\\\n \\n",
            "echo é",
            "cd /usr",
            "git push",
            "exit",
        ]
    );
    let (found, _) = read_all(Dialect::Fish, FISH);
    assert!(
        found
            .iter()
            .all(|entry| entry.at == Some(1_795_331_916_000))
    );
}

#[test]
fn an_entry_of_fish_without_its_time_waits_for_it() {
    let (found, end) = read_all(Dialect::Fish, b"- cmd: a\n- cmd: b\n  when: x\n- cmd: c\n");
    let found: Vec<_> = found.iter().map(|it| (it.at, it.text.as_str())).collect();
    assert_eq!(found, [(None, "a"), (None, "b")]);
    assert_eq!(end.offset, 28);
}

#[test]
fn a_record_of_the_journal_is_read_and_a_torn_one_is_skipped() {
    let one = b"tend1\x001700000000.5\x001700000002,25\0-\x001\0s\0/a b\0=x\n\ny\0\n";
    let (found, end) = read_all(Dialect::Journal, one);
    assert_eq!(
        found,
        [Entry {
            at: Some(1_700_000_000_500),
            text: "x\n\ny".to_owned(),
            duration_ms: Some(1750),
            exit: Some(1),
            folder: Some("/a b".to_owned()),
            session: Some("s".to_owned()),
        }]
    );
    assert_eq!(end.offset, one.len() as u64);
    let from_fish = b"tend1\0-\x001700000002\x002500\x000\0s\0/a\0=x\0\n";
    let (found, _) = read_all(Dialect::Journal, from_fish);
    assert_eq!(
        (found[0].at, found[0].duration_ms),
        (Some(1_699_999_999_500), Some(2500))
    );
    // Another record within one, and nothing of ours.
    let torn = [
        b"junk\n",
        &one[..30],
        &b"\n"[..],
        one,
        &one[..one.len() - 2],
    ]
    .concat();
    let (found, end) = read_all(Dialect::Journal, &torn);
    assert_eq!((found.len(), end.skipped), (1, 2));
    // The last one may be whole another time.
    assert_eq!(end.offset as usize, 5 + 31 + one.len());
}

#[test]
fn an_entry_that_nobody_types_is_skipped_and_the_next_is_read() {
    let long = "x".repeat(LONGEST + 1);
    let longest = "y".repeat(super::LONGEST_LINE + 1);
    for (dialect, text) in [
        (
            Dialect::Bash,
            format!(
                "#1700000000\n{long}\n#1700000001\na\n#1700000002\n{longest}\nz\n#1700000003\nb\n"
            ),
        ),
        (
            Dialect::Zsh,
            format!(": 1700000000:0;{long}\n: 1700000001:0;a\n{longest}\n: 1700000003:0;b\n"),
        ),
        (
            Dialect::Fish,
            format!(
                "- cmd: {long}\n  when: 1700000000\n- cmd: a\n  when: 1\n- cmd: {longest}\n  when: 1\n- cmd: b\n  when: 1\n"
            ),
        ),
    ] {
        let (found, end) = read_all(dialect, text.as_bytes());
        let texts: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(
            (&texts[..], end.skipped),
            (&["a", "b"][..], 2),
            "{dialect:?}"
        );
    }
}

/// As zsh writes an entry (`savehistfile`).
fn as_zsh_writes(text: &[u8], time: Option<u32>) -> Vec<u8> {
    let mut line = match time {
        Some(time) => format!(": {time}:0;").into_bytes(),
        None if text.starts_with(b":") => b"\\".to_vec(),
        None => Vec::new(),
    };
    let mut ends_in_backslash = false;
    for byte in text {
        if *byte == b'\n' {
            line.push(b'\\');
        }
        ends_in_backslash = *byte == b'\\' || ends_in_backslash && *byte == b' ';
        // The bytes that zsh 5.9 uses for itself.
        if matches!(byte, 0 | 0x83..=0xa2) {
            line.extend([0x83, byte ^ 0x20]);
        } else {
            line.push(*byte);
        }
    }
    if ends_in_backslash {
        line.push(b' ');
    }
    line.push(b'\n');
    line
}

const DIALECTS: [Dialect; 5] = [
    Dialect::Bash,
    Dialect::Zsh,
    Dialect::Fish,
    Dialect::Journal,
    Dialect::Reflog,
];

proptest! {
    #[test]
    fn zsh_is_read_as_it_is_written(
        texts in prop::collection::vec(("([a-c :;]|\\\\|\n|é|\u{83}|\u{2003}){1,12}", prop::option::of(1_000_000_000_u32..)), 0..8),
    ) {
        // What ends in a line end is not typed, nor is an escaped colon at the beginning of a plain one.
        let texts: Vec<_> = texts.into_iter().filter(|(text, _)| !text.ends_with('\n') && !text.starts_with("\\:") && !text.starts_with(':')).collect();
        let written: Vec<u8> = texts.iter().flat_map(|(text, time)| as_zsh_writes(text.as_bytes(), *time)).collect();
        let (found, _) = read_all(Dialect::Zsh, &written);
        let found: Vec<_> = found.into_iter().map(|it| it.text).collect();
        prop_assert_eq!(found, texts.into_iter().map(|(text, _)| text).collect::<Vec<_>>());
    }

    #[test]
    fn fish_is_read_as_it_is_written(texts in prop::collection::vec("[a-c][a-c :\n\\\\é]{0,12}", 0..8)) {
        let written: String = texts
            .iter()
            .map(|text| format!("- cmd: {}\n  when: 1700000000\n", text.replace('\\', r"\\").replace('\n', r"\n")))
            .collect();
        prop_assert_eq!(super::tests::texts(Dialect::Fish, written.as_bytes()), texts);
    }

    #[test]
    fn anything_is_read_and_reading_goes_on_where_it_ended(
        bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\\'), Just(b'#'), Just(b'1'), Just(b':'), Just(b';'), Just(b' '), Just(0_u8), Just(0x83_u8), any::<u8>()], 0..200),
    ) {
        for dialect in DIALECTS {
            let (_, end) = read_all(dialect, &bytes);
            prop_assert!(end.offset <= bytes.len() as u64);
            let rest = &bytes[usize::try_from(end.offset).unwrap()..];
            let head = bytes.get(..bytes.len().min(2)).unwrap();
            let mut again = 0;
            entries(dialect, head, &mut &rest[..], end.offset, &mut |_| again += 1).unwrap();
            prop_assert_eq!(again, 0, "{:?}", dialect);
        }
    }
}
