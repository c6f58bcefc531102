//! Replays commits of a repository through a linter and counts which of its findings are new by which rule; see README.md.

mod compare;
mod lines;
mod plant;
mod repository;
mod sample;
mod speed;
mod tool;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// What can go wrong is told and ends the run.
type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage:
  identity-bench replay <repository> <commits> <ruff|pylint> <program> <samples.jsonl> [folder]
  identity-bench plant <repository> <ruff> <program> [folder]
  identity-bench lines <repository> <old commit> <new commit>
  identity-bench speed <findings>";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        [
            "replay",
            repository,
            commits,
            name,
            program,
            samples,
            folder @ ..,
        ] if folder.len() < 2 => replay(
            repository,
            commits,
            name,
            program,
            samples,
            folder.first().copied(),
        ),
        ["plant", repository, name, program, folder @ ..] if folder.len() < 2 => {
            plant(repository, name, program, folder.first().copied())
        }
        ["lines", repository, old, new] => repository::Clone::of(&PathBuf::from(repository))
            .and_then(|clone| lines::check(&clone, old, new)),
        ["speed", findings] => findings.parse().map_err(Into::into).map(speed::measure),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn replay(
    repository: &str,
    commits: &str,
    name: &str,
    program: &str,
    samples: &str,
    folder: Option<&str>,
) -> Outcome<()> {
    let clone = repository::Clone::of(&PathBuf::from(repository))?;
    let tool = tool::Tool::new(name, program, folder)?;
    let mut samples = sample::Samples::create(samples)?;
    let mut sum = compare::Row::default();
    let mut before = None;
    println!("{}", compare::Row::HEADER);
    for commit in clone.first_parents(commits.parse()?)? {
        clone.check_out(&commit)?;
        let findings = tool.scan(&clone)?;
        if let Some((parent, old)) = before.replace((commit.clone(), findings)) {
            let Some((_, new)) = &before else { continue };
            let step = compare::Step {
                changes: clone.changes(&parent, &commit)?,
                plain: clone.plain_changes(&parent, &commit)?,
                before: &old,
                after: new,
            };
            let (row, matching) = step.compare();
            samples.write(&clone, &parent, &commit, &step, &matching)?;
            println!("{}\t{row}", &commit[..10]);
            sum.add(&row);
        }
    }
    println!("all\t{sum}");
    println!("{}", sum.tiers());
    Ok(())
}

fn plant(repository: &str, name: &str, program: &str, folder: Option<&str>) -> Outcome<()> {
    let clone = repository::Clone::of(&PathBuf::from(repository))?;
    let tool = tool::Tool::new(name, program, folder)?;
    println!(
        "planted\t{}",
        compare::Row::HEADER.trim_start_matches("commit\t")
    );
    let base = clone.head()?;
    let before = tool.scan(&clone)?;
    for (name, change) in plant::CHANGES {
        clone.check_out(&base)?;
        change(&clone, program)?;
        let commit = clone.commit(name)?;
        let after = tool.scan(&clone)?;
        let step = compare::Step {
            changes: clone.changes(&base, &commit)?,
            plain: clone.plain_changes(&base, &commit)?,
            before: &before,
            after: &after,
        };
        let (row, matching) = step.compare();
        println!("{name}\t{row}");
        if std::env::var_os("SHOW").is_some() {
            step.show(&matching);
        }
    }
    Ok(())
}
