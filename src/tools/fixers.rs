//! Which command mends what a check finds. Values only.
//!
//! A task may say it (`fix`); of checks that are well known it is derived: the same program with the same arguments, told
//! to write instead of to complain. Options and exit codes are those of the tools' own references; those of ruff, eslint,
//! `cargo fmt`, clippy and gofmt were run.

use super::adapter::Part;
use super::parts::role_of;
use crate::tasks::Task;
use crate::tasks::spec::{Action, Fixers};

/// The tools of built-in tasks that can mend what they find.
pub const OF_TOOLS: [&str; 3] = ["ruff", "eslint", "clippy"];

/// The fixers of a task, if any are known.
pub fn of_task(task: &Task) -> Option<Fixers> {
    match (&task.action, &task.fix) {
        (Action::Command { .. }, Some(fix)) => Some(Fixers::Command {
            argv: fix.clone(),
            creates: true,
        }),
        (Action::Command { argv }, None) => of_check(argv).map(|argv| Fixers::Command {
            argv,
            creates: false,
        }),
        (Action::Tools { name, only }, _) => {
            let is_quality = role_of(name).is_some_and(|role| role.part == Part::Quality);
            let has_fixers =
                only.is_empty() || only.iter().any(|tool| OF_TOOLS.contains(&tool.as_str()));
            (is_quality && has_fixers).then(|| Fixers::Tools {
                name: name.clone(),
                only: only.clone(),
            })
        }
        (Action::Builtin { .. } | Action::Fix { .. } | Action::Own { .. }, _) => None,
    }
}

/// The command that mends what a command complains about; `None` where that is not known.
pub fn of_check(argv: &[String]) -> Option<Vec<String>> {
    let (name, at) = program(argv)?;
    let (before, arguments) = argv.split_at_checked(at + 1)?;
    let mended = mended(&name, arguments)?;
    Some(before.iter().cloned().chain(mended).collect())
}

/// What a fixer is called: the program behind those that only start it, without its folder.
pub fn name_of(argv: &[String]) -> String {
    let (name, at) = program(argv).unwrap_or_default();
    match (name.as_str(), argv.get(at + 1).map(String::as_str)) {
        ("cargo", Some("clippy")) => "clippy".to_owned(),
        ("cargo", Some("fmt")) => "rustfmt".to_owned(),
        _ => name,
    }
}

/// The exit codes, beside 0, with which a fixer says that something is left which it cannot mend. Others are failures.
pub fn left_codes(argv: &[String]) -> &'static [i32] {
    match name_of(argv).as_str() {
        "stylelint" => &[2],
        // Every failure of cargo's: compile errors as well as lints that are denied.
        "clippy" => &[101],
        "black" | "gofmt" | "gofumpt" | "goimports" | "isort" | "prettier" | "rustfmt"
        | "shfmt" | "taplo" => &[],
        // What nobody knows of has 1 for this nearly always.
        _ => &[1],
    }
}

/// Whether those codes say nothing without a patch: they may mean a failure too.
pub fn needs_patch(argv: &[String]) -> bool {
    name_of(argv) == "clippy"
}

/// The arguments that make a known fixer print its version, if it can be asked without being run.
pub fn version_of(argv: &[String]) -> Option<&'static [&'static str]> {
    let is_itself = program(argv).is_some_and(|(_, at)| at == 0);
    match name_of(argv).as_str() {
        "clippy" => Some(&["clippy", "--version"]),
        "biome" | "black" | "eslint" | "isort" | "markdownlint" | "oxlint" | "prettier"
        | "rubocop" | "ruff" | "shfmt" | "stylelint" | "taplo"
            if is_itself =>
        {
            Some(&["--version"])
        }
        _ => None,
    }
}

/// Options of the programs that start others, which take no value of their own.
const FLAGS: [&str; 10] = [
    "--",
    "--no",
    "--no-install",
    "--yes",
    "-y",
    "--frozen",
    "--locked",
    "--no-sync",
    "--quiet",
    "-q",
];

/// The name of the program that does the work, and where in the command it stands.
fn program(argv: &[String]) -> Option<(String, usize)> {
    let mut at = 0;
    // Starters may start each other: `uv run python -m ruff`.
    for _ in 0..4 {
        let name = base(argv.get(at)?);
        let next = argv.get(at + 1).map(String::as_str);
        let skipped = match (name, next.unwrap_or_default()) {
            (_, "-m") if is_python(name) => {
                return Some((base(argv.get(at + 2)?).to_owned(), at + 2));
            }
            ("npm" | "pnpm" | "yarn" | "bundle", "exec")
            | ("yarn" | "uv" | "poetry" | "pdm" | "pipenv" | "rye", "run") => 2,
            ("npx" | "bunx" | "pnpx" | "uvx" | "yarn", _) => 1,
            _ => return Some((name.to_owned(), at)),
        };
        at += skipped;
        while let Some(word) = argv.get(at).filter(|word| word.starts_with('-')) {
            // Another option may have a value, which would be taken for the program.
            if !FLAGS.contains(&word.as_str()) {
                return None;
            }
            at += 1;
        }
    }
    None
}

/// A program's name without its folder, and without the version that `npx` takes behind it.
fn base(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    // A scope begins with the same character: `@biomejs/biome` has its name behind the slash.
    name.split('@')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or(name)
}

fn is_python(name: &str) -> bool {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') == "python"
}

/// The arguments with which a program mends files instead of checking them.
#[expect(clippy::match_same_arms, reason = "a table, with a line for each tool")]
fn mended(name: &str, arguments: &[String]) -> Option<Vec<String>> {
    let args = Args(arguments.to_vec());
    let sub = arguments.first().map(String::as_str);
    Some(
        match (name, sub) {
            ("ruff", Some("check")) => args
                .without(&["--no-fix", "--diff", "--fix-only"])
                .with_behind(1, "--fix"),
            ("ruff", Some("format")) => args.without(&["--check", "--diff"]),
            ("black", _) => args.without(&["--check", "--diff"]),
            ("isort", _) => args.without(&["--check", "--check-only", "-c", "--diff", "--df"]),
            ("cargo", _) => return cargo(arguments),
            ("rustfmt", _) => args.without(&["--check"]),
            ("eslint", _) => args.without(&["--fix-dry-run"]).with_behind(0, "--fix"),
            ("oxlint" | "stylelint" | "markdownlint" | "markdownlint-cli2", _) => {
                args.with_behind(0, "--fix")
            }
            ("prettier", _) => args
                .without(&["--check", "-c", "--list-different", "-l"])
                .with_behind(0, "--write"),
            ("biome", Some("check" | "lint" | "format")) => args.with_behind(1, "--write"),
            ("biome", Some("ci")) => args.first_is("check").with_behind(1, "--write"),
            ("gofmt" | "gofumpt" | "goimports", _) => {
                args.without(&["-l", "-d"]).with_behind(0, "-w")
            }
            ("golangci-lint", Some("run")) => args.with_behind(1, "--fix"),
            ("shfmt", _) => args
                .without(&["-d", "--diff", "-l", "--list"])
                .with_behind(0, "-w"),
            ("taplo", Some("fmt" | "format")) => args.without(&["--check", "--diff"]),
            ("rubocop", _) => {
                let corrects = [
                    "-a",
                    "-A",
                    "--autocorrect",
                    "--autocorrect-all",
                    "-x",
                    "--fix-layout",
                ];
                if arguments.iter().any(|it| corrects.contains(&it.as_str())) {
                    args
                } else {
                    args.with_behind(0, "--autocorrect")
                }
            }
            ("clang-format", _) => args
                .without(&["--dry-run", "-n", "--Werror", "-Werror"])
                .with_behind(0, "-i"),
            ("stylua", _) => args.without(&["--check"]),
            ("terraform" | "tofu", Some("fmt")) => args.without(&["-check", "-diff"]),
            ("deno", Some("fmt")) => args.without(&["--check"]),
            ("deno", Some("lint")) => args.with_behind(1, "--fix"),
            ("dprint", Some("check")) => args.first_is("fmt"),
            ("dprint", Some("fmt")) => args,
            ("mix", Some("format")) => args.without(&["--check-formatted", "--dry-run"]),
            // They mend what they find; without files they look at what is staged, and in a workspace nothing is.
            ("pre-commit" | "prek", Some("run"))
                if arguments
                    .iter()
                    .any(|it| it == "--all-files" || it == "-a" || it == "--files") =>
            {
                args
            }
            _ => return None,
        }
        .0,
    )
}

/// `cargo [+TOOLCHAIN] fmt` and `cargo [+TOOLCHAIN] clippy`; what stands behind `--` is rustfmt's or the compiler's.
fn cargo(arguments: &[String]) -> Option<Vec<String>> {
    let at = usize::from(arguments.first().is_some_and(|it| it.starts_with('+')));
    let end = arguments
        .iter()
        .position(|it| it == "--")
        .unwrap_or(arguments.len());
    let (own, behind) = arguments.split_at_checked(end)?;
    let own = Args(own.to_vec());
    let behind = behind.iter().skip(1);
    let (own, behind): (Args, Vec<String>) = match arguments.get(at)?.as_str() {
        "fmt" => (
            own.without(&["--check"]),
            behind.filter(|it| *it != "--check").cloned().collect(),
        ),
        "clippy" => (
            own.without(&["--no-deps"])
                .with_behind(at + 1, "--allow-dirty")
                .with_behind(at + 1, "--allow-staged")
                .with_behind(at + 1, "--fix"),
            // What does not compile is not mended, and what is denied does not compile.
            behind.map(|it| warned(it)).collect(),
        ),
        _ => return None,
    };
    let dashes = (!behind.is_empty()).then(|| "--".to_owned());
    Some(own.0.into_iter().chain(dashes).chain(behind).collect())
}

/// An option of the compiler's that denies a lint, as one that warns of it.
fn warned(argument: &str) -> String {
    for (denies, warns) in [
        ("-D", "-W"),
        ("-F", "-W"),
        ("--deny", "--warn"),
        ("--forbid", "--warn"),
    ] {
        if let Some(rest) = argument.strip_prefix(denies) {
            return format!("{warns}{rest}");
        }
    }
    argument.to_owned()
}

/// The arguments of a command.
struct Args(Vec<String>);

impl Args {
    /// Without these options, also where they have a value behind `=`.
    fn without(mut self, options: &[&str]) -> Self {
        self.0.retain(|argument| {
            let option = argument
                .split_once('=')
                .map_or(argument.as_str(), |(it, _)| it);
            !options.contains(&option)
        });
        self
    }

    /// With an option behind the first words, if it is not among them.
    fn with_behind(mut self, words: usize, option: &str) -> Self {
        if !self.0.iter().any(|argument| argument == option) {
            self.0.insert(words.min(self.0.len()), option.to_owned());
        }
        self
    }

    /// With another first word.
    fn first_is(mut self, word: &str) -> Self {
        if let Some(first) = self.0.first_mut() {
            word.clone_into(first);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn fixed(line: &str) -> Option<String> {
        of_check(&words(line)).map(|argv| argv.join(" "))
    }

    #[test]
    fn a_known_check_is_told_to_write() {
        for (check, fix) in [
            ("ruff check", "ruff check --fix"),
            (
                "ruff check --no-fix --output-format=json .",
                "ruff check --fix --output-format=json .",
            ),
            ("ruff check --fix {files}", "ruff check --fix {files}"),
            ("ruff format --check --diff .", "ruff format ."),
            ("black --check src", "black src"),
            ("isort --check-only --diff .", "isort ."),
            ("cargo fmt --check", "cargo fmt"),
            ("cargo fmt --all -- --check", "cargo fmt --all"),
            (
                "cargo fmt -- --check --config=max_width=80",
                "cargo fmt -- --config=max_width=80",
            ),
            ("cargo +nightly fmt --check", "cargo +nightly fmt"),
            (
                "cargo clippy --all-targets -- -D warnings -Dclippy::all --cap-lints=warn",
                "cargo clippy --fix --allow-staged --allow-dirty --all-targets -- -W warnings -Wclippy::all --cap-lints=warn",
            ),
            (
                "cargo +1.90 clippy",
                "cargo +1.90 clippy --fix --allow-staged --allow-dirty",
            ),
            ("rustfmt --check {files}", "rustfmt {files}"),
            ("eslint .", "eslint --fix ."),
            (
                "eslint --fix-dry-run --max-warnings 0 {files}",
                "eslint --fix --max-warnings 0 {files}",
            ),
            ("prettier --check .", "prettier --write ."),
            ("prettier -l src", "prettier --write src"),
            ("biome ci .", "biome check --write ."),
            ("biome lint src", "biome lint --write src"),
            ("stylelint **/*.css", "stylelint --fix **/*.css"),
            ("gofmt -l .", "gofmt -w ."),
            ("gofmt -s -d .", "gofmt -w -s ."),
            ("golangci-lint run ./...", "golangci-lint run --fix ./..."),
            ("rubocop", "rubocop --autocorrect"),
            ("rubocop -A lib", "rubocop -A lib"),
            ("shfmt -d -i 2 .", "shfmt -w -i 2 ."),
            ("taplo fmt --check", "taplo fmt"),
            ("markdownlint docs", "markdownlint --fix docs"),
            (
                "clang-format --dry-run --Werror {files}",
                "clang-format -i {files}",
            ),
            (
                "terraform fmt -check -recursive",
                "terraform fmt -recursive",
            ),
            ("dprint check", "dprint fmt"),
            ("pre-commit run --all-files", "pre-commit run --all-files"),
        ] {
            assert_eq!(fixed(check).as_deref(), Some(fix), "{check}");
        }
    }

    #[test]
    fn what_starts_a_check_starts_its_fixer() {
        for (check, fix) in [
            (
                "npx --no-install eslint .",
                "npx --no-install eslint --fix .",
            ),
            (
                "npx @biomejs/biome@2 check",
                "npx @biomejs/biome@2 check --write",
            ),
            (
                "pnpm exec prettier --check .",
                "pnpm exec prettier --write .",
            ),
            ("yarn eslint src", "yarn eslint --fix src"),
            ("uv run ruff check", "uv run ruff check --fix"),
            (
                "uv run python3.12 -m black --check .",
                "uv run python3.12 -m black .",
            ),
            ("bundle exec rubocop", "bundle exec rubocop --autocorrect"),
            (
                "./node_modules/.bin/eslint .",
                "./node_modules/.bin/eslint --fix .",
            ),
        ] {
            assert_eq!(fixed(check).as_deref(), Some(fix), "{check}");
            assert!(!name_of(&words(check)).is_empty());
        }
    }

    #[test]
    fn what_is_not_known_has_no_fixer() {
        for check in [
            "",
            "make lint",
            "sh -c eslint",
            "cargo test",
            "cargo",
            "ruff rule E501",
            "npx -p typescript eslint .",
            "npx",
            "yarn",
            "python -m",
            "pre-commit run",
            "yarn lint",
        ] {
            assert_eq!(fixed(check), None, "{check}");
        }
    }

    #[test]
    fn fixers_have_names_codes_and_versions() {
        assert_eq!(name_of(&words("cargo fmt")), "rustfmt");
        assert_eq!(name_of(&words("uv run ruff check")), "ruff");
        assert_eq!(name_of(&words("npx @biomejs/biome check")), "biome");
        assert_eq!(left_codes(&words("stylelint --fix .")), [2]);
        assert_eq!(left_codes(&words("prettier --write .")), [0; 0]);
        assert_eq!(left_codes(&words("make fix")), [1]);
        assert!(needs_patch(&words("cargo clippy --fix")));
        assert_eq!(version_of(&words("ruff check")), Some(&["--version"][..]));
        // They would tell their own.
        assert_eq!(version_of(&words("npx eslint")), None);
        assert_eq!(version_of(&words("make fix")), None);
    }

    proptest! {
        #[test]
        fn any_command_is_read_and_a_fixer_is_its_own_fixer(
            argv in proptest::collection::vec("(cargo|fmt|clippy|ruff|check|format|npx|yarn|run|eslint|biome|ci|dprint|--|--check|-l|-D|[a-z+@-]{0,3})", 0..8)
        ) {
            if let Some(fix) = of_check(&argv) {
                prop_assert_eq!(of_check(&fix), Some(fix.clone()));
                prop_assert_eq!(name_of(&fix), name_of(&argv));
            }
        }
    }
}
