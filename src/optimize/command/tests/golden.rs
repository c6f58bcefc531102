//! Lines as people type them, and what is read of them. `golden.txt` was reviewed by eye; what a change of the tables does to it is
//! reviewed the same way.

use std::fmt::Write as _;

use super::read;

const GOLDEN: &str = include_str!("golden.txt");

#[test]
fn real_lines_are_read_as_reviewed() {
    let lines: Vec<&str> = GOLDEN
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    assert!(lines.len() >= 200);
    let mut found = String::new();
    for line in lines {
        writeln!(found, "$ {line}").unwrap();
        for typed in read(&line.replace("\\n", "\n")) {
            let step = &typed.step;
            write!(found, "    {}", step.key).unwrap();
            for (is, word) in [
                (step.noise, "noise"),
                (step.risky, "risky"),
                (step.interactive, "interactive"),
            ] {
                if is {
                    write!(found, "  !{word}").unwrap();
                }
            }
            if !typed.values.is_empty() {
                write!(found, "  {:?}", typed.values).unwrap();
            }
            if let Some(folder) = typed.folder.filter(|folder| folder != "/repo") {
                write!(found, "  in {folder}").unwrap();
            }
            found.push('\n');
        }
    }
    if found != GOLDEN {
        let is = std::env::temp_dir().join("git-tend-golden.txt");
        std::fs::write(&is, &found).unwrap();
        let (number, (was, is_now)) = GOLDEN
            .lines()
            .zip(found.lines())
            .enumerate()
            .find(|(_, (was, is))| was != is)
            .unwrap_or_default();
        panic!(
            "line {}: was {was:?}, is {is_now:?}; all of it is in {}",
            number + 1,
            is.display()
        );
    }
}
