//! Changes that do not add a finding: what is called new after them is wrong.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::repository::Clone;

type Change = fn(&Clone, &str) -> Outcome<()>;

/// Their names, and what they do to a worktree.
pub const CHANGES: [(&str, Change); 9] = [
    ("comment lines on top of every file", |clone, _| {
        each(clone, |text| format!("# A line.\n# Another one.\n{text}"))
    }),
    ("every file renamed", |clone, _| rename(clone, |text| text)),
    ("every file renamed, some comments gone", |clone, _| {
        rename(clone, |text| {
            let kept = text
                .lines()
                .enumerate()
                .filter(|(index, line)| !(line.starts_with('#') && index % 2 == 0));
            kept.map(|(_, line)| format!("{line}\n")).collect()
        })
    }),
    ("every function at another place in its file", |clone, _| {
        each(clone, |text| {
            let (head, mut blocks) = top_level_blocks(&text);
            blocks.reverse();
            head + &blocks.concat()
        })
    }),
    ("every second function in another file", |clone, _| {
        for path in files(clone)? {
            let text = fs::read_to_string(&path)?;
            let (mut head, blocks) = top_level_blocks(&text);
            let mut moved = String::new();
            for (index, block) in blocks.into_iter().enumerate() {
                if index % 2 == 0 {
                    head += &block
                } else {
                    moved += &block
                }
            }
            fs::write(&path, head)?;
            if !moved.is_empty() {
                fs::write(path.with_extension("moved.py"), moved)?;
            }
        }
        Ok(())
    }),
    ("every function within an if", |clone, _| {
        each(clone, |text| {
            let (head, blocks) = top_level_blocks(&text);
            let indented = |block: &String| {
                let lines = block.lines().map(|line| {
                    if line.is_empty() {
                        "\n".to_owned()
                    } else {
                        format!("    {line}\n")
                    }
                });
                format!("if True:\n{}", lines.collect::<String>())
            };
            head + &blocks.iter().map(indented).collect::<String>()
        })
    }),
    ("line ends of Windows", |clone, _| {
        each(clone, |text| text.replace('\n', "\r\n"))
    }),
    ("ruff format, 60 columns", |clone, program| {
        format(clone, program, "60")
    }),
    ("ruff format, 120 columns", |clone, program| {
        format(clone, program, "120")
    }),
];

fn format(clone: &Clone, program: &str, width: &str) -> Outcome<()> {
    let arguments = [
        "format",
        "--isolated",
        "--no-cache",
        "--line-length",
        width,
        ".",
    ];
    let program = fs::canonicalize(program)?;
    let output = Command::new(program)
        .current_dir(&clone.folder)
        .args(arguments)
        .output()?;
    // It exits with 2 when a file cannot be parsed, and formats the others.
    drop(output);
    Ok(())
}

fn files(clone: &Clone) -> Outcome<Vec<PathBuf>> {
    let listed = clone.git(&["ls-files", "-z", "*.py"])?;
    let names = listed
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty());
    let names = names.filter_map(|name| std::str::from_utf8(name).ok());
    Ok(names
        .map(|name| clone.folder.join(name))
        .filter(|path| fs::read_to_string(path).is_ok())
        .collect())
}

fn each(clone: &Clone, change: impl Fn(String) -> String) -> Outcome<()> {
    for path in files(clone)? {
        let text = fs::read_to_string(&path)?;
        fs::write(&path, change(text))?;
    }
    Ok(())
}

fn rename(clone: &Clone, change: impl Fn(String) -> String) -> Outcome<()> {
    for path in files(clone)? {
        let text = fs::read_to_string(&path)?;
        fs::remove_file(&path)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let folder = path.with_file_name("elsewhere");
        fs::create_dir_all(&folder)?;
        // Tests stay tests, and packages stay packages: rules look at names.
        fs::write(folder.join(name), change(text))?;
    }
    Ok(())
}

/// What is before the first function or class at the margin, and these, each with the lines up to the next.
fn top_level_blocks(text: &str) -> (String, Vec<String>) {
    let (mut head, mut blocks): (String, Vec<String>) = (String::new(), Vec::new());
    let mut in_decorator = false;
    for line in text.split_inclusive('\n') {
        let is_definition = line.starts_with("def ")
            || line.starts_with("class ")
            || line.starts_with("async def ");
        let begins = !in_decorator && (is_definition || line.starts_with('@'));
        in_decorator = line.starts_with('@') || (in_decorator && !is_definition);
        match blocks.last_mut() {
            _ if begins => blocks.push(line.to_owned()),
            Some(block) => block.push_str(line),
            None => head.push_str(line),
        }
    }
    (head, blocks)
}
