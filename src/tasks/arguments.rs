//! How a command is called with files: what stands for them, and how many calls that takes.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::config::task::FILES;
use crate::system::process;

/// For the auxiliary vector, the interpreter of a script, and what else the kernel puts beside the arguments.
const HEADROOM: usize = 4096;

/// The bytes that all arguments of one call may take together.
///
/// Half of what is left beside the environment: programs that are scripts call others, with more arguments.
pub fn room(program: &Path, env: &[(OsString, OsString)]) -> usize {
    let env: usize = env
        .iter()
        .map(|(name, value)| name.len() + 1 + cost(value))
        .sum();
    // The program's path is there twice: as what is executed and as the first argument.
    let taken = HEADROOM + env + 2 * cost(program.as_os_str());
    process::argument_space().saturating_sub(taken) / 2
}

/// The arguments of each call: all of `args`, with as many of `files` in the place of `{files}` as fit into `room`, and
/// at least one.
pub fn calls(args: &[OsString], files: &[OsString], room: usize) -> Vec<Vec<OsString>> {
    let fixed: usize = args
        .iter()
        .filter(|argument| *argument != FILES)
        .map(|argument| cost(argument))
        .sum();
    let room = room.saturating_sub(fixed);
    let mut calls = Vec::new();
    let mut rest = files;
    while !rest.is_empty() {
        let mut used = 0;
        let fitting = rest
            .iter()
            .take_while(|file| {
                used += cost(file);
                used <= room
            })
            .count();
        let (chunk, others) = rest.split_at(fitting.max(1));
        calls.push(expanded(args, chunk));
        rest = others;
    }
    calls
}

fn expanded(args: &[OsString], files: &[OsString]) -> Vec<OsString> {
    let mut call = Vec::with_capacity(args.len() + files.len());
    for argument in args {
        if argument == FILES {
            call.extend_from_slice(files);
        } else {
            call.push(argument.clone());
        }
    }
    call
}

/// What the kernel counts for a string: its bytes, the NUL behind them, and the pointer to them.
fn cost(text: &OsStr) -> usize {
    text.len() + 1 + size_of::<usize>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn files_stand_where_the_placeholder_stood() {
        let args = words(&["--check", "{files}", "--last"]);
        assert_eq!(
            calls(&args, &words(&["a", "b c"]), 10_000),
            [words(&["--check", "a", "b c", "--last"])]
        );
        assert_eq!(calls(&args, &[], 10_000), Vec::<Vec<OsString>>::new());
    }

    proptest! {
        #[test]
        fn every_file_is_passed_once_and_no_call_is_larger_than_its_room(
            files in proptest::collection::vec("[a-z]{1,30}", 0..60),
            room in 0_usize..400,
        ) {
            let files: Vec<OsString> = files.iter().map(OsString::from).collect();
            let args = words(&["-q", "{files}"]);
            let calls = calls(&args, &files, room);
            for call in &calls {
                let size: usize = call.iter().map(|it| cost(it)).sum();
                prop_assert!(size <= room || call.len() == 2);
            }
            // No two neighbours would have fitted into one call.
            for pair in calls.windows(2) {
                let first: usize = pair[0].iter().map(|it| cost(it)).sum();
                prop_assert!(first + cost(&pair[1][1]) > room);
            }
            let passed: Vec<OsString> = calls.into_iter().flat_map(|call| call.into_iter().skip(1)).collect();
            prop_assert_eq!(passed, files);
        }
    }
}
