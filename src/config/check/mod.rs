//! What is wrong with a configuration whose every value is well-formed: names that mean nothing, circles, values that
//! contradict each other.

mod notices;

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::{ConfigError, Diagnostic, MOST};
use super::event::{Event, HookName};
use super::layers::{Files, Loaded};
use super::locate::{Index, Step, steps};
use super::output::Output;
use super::schedule::Schedule;
use super::schema::Config;
use super::task::{FILES, MESSAGE, Task, TaskName};
use super::text::nearest;
use super::units::{Period, Size};
use super::workspace::Workspace;

/// The names of the built-in tasks. The table is kept above this room, with what the tasks do.
#[derive(Clone, Copy)]
pub struct TaskNames {
    /// The task's own name, for that or one of its aliases.
    pub canonical: fn(&str) -> Option<&'static str>,
    /// Every task's own name.
    pub all: fn() -> Vec<&'static str>,
    /// Whether a built-in task runs tools.
    pub runs_tools: fn(&str) -> bool,
    /// The names of the tools that are known.
    pub tools: fn() -> Vec<&'static str>,
    /// What is wrong with the expression of `output = "regex:…"`.
    pub check_regex: fn(&str) -> Result<(), String>,
}

/// A problem before its place is known: looking that up parses the files again.
struct Problem {
    path: Vec<Step>,
    /// Whether the key is wrong, not its value.
    key: bool,
    message: String,
    hint: Option<String>,
}

impl Problem {
    fn value(path: impl Into<Vec<Step>>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            key: false,
            message: message.into(),
            hint: None,
        }
    }

    fn key(path: impl Into<Vec<Step>>, message: impl Into<String>) -> Self {
        Self {
            key: true,
            ..Self::value(path, message)
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Everything that keeps the configuration from being used.
pub fn check(loaded: &Loaded, builtin: TaskNames) -> Vec<Diagnostic> {
    let tasks = &loaded.config.tasks;
    let names = Names::new(tasks, builtin);
    let mut problems = Vec::new();
    for (name, task) in tasks {
        if problems.len() >= MOST {
            break;
        }
        names.definition(name, task, &mut problems);
        values(name, task, &mut problems);
        names.references(name, task, &mut problems);
        names.tools(name, task, &mut problems);
    }
    names.aliases(&mut problems);
    names.hooks(loaded, &mut problems);
    names.circles(&mut problems);
    for (name, suppress) in &loaded.config.suppress {
        let steps = steps!["suppress", name.as_str()];
        if !suppress.names_something() {
            problems.push(
                Problem::key(steps, format!("`{name}` would suppress every finding"))
                    .hint("say which: `tool`, `rule`, `path` or `id`"),
            );
        } else if suppress.reason.trim().is_empty() {
            let path = steps!["suppress", name.as_str(), "reason"];
            problems.push(Problem::value(path, "the reason is empty"));
        }
    }
    notices::check(loaded, &mut problems);
    if loaded.config.agent.enabled && loaded.config.agent.command.is_empty() {
        problems.push(Problem::value(
            steps!["agent", "command"],
            "the agent has no command",
        ));
    }
    located(loaded, problems)
}

/// Everything that is wrong with the files, for `config check`. Nothing is wrong with files that are not there.
pub fn check_files(files: &Files, builtin: TaskNames) -> Vec<Diagnostic> {
    match Config::load(files) {
        Ok(loaded) => {
            let mut problems = check(&loaded, builtin);
            problems.extend(check_schedules(&loaded));
            match ConfigError::of(problems) {
                Some(error) => error.into_diagnostics(),
                None => Vec::new(),
            }
        }
        Err(error) => error.into_diagnostics(),
    }
}

/// The schedules that never fire. Finding that out walks through centuries of calendar, so that only `config check`
/// does it.
pub fn check_schedules(loaded: &Loaded) -> Vec<Diagnostic> {
    let config = &loaded.config;
    let tasks = config.tasks.iter().filter_map(|(name, task)| {
        let path = steps!["task", name.as_str(), "schedule"].to_vec();
        task.schedule.as_ref().map(|schedule| (path, schedule))
    });
    let nightly = [
        ("reanalysis", &config.nightly.reanalysis),
        ("connections", &config.nightly.connections),
        ("aggregation", &config.nightly.aggregation),
    ]
    .into_iter()
    .filter_map(|(key, schedule)| {
        let path = steps!["nightly", key].to_vec();
        schedule.as_ref().map(|schedule| (path, schedule))
    });
    let problems = tasks
        .chain(nightly)
        .filter(|(_, schedule)| never_fires(schedule))
        .map(|(path, schedule)| {
            Problem::value(path, format!("`{}` never comes", schedule.cron.as_str()))
                .hint("no calendar has such a day")
        })
        .collect();
    located(loaded, problems)
}

fn never_fires(schedule: &Schedule) -> bool {
    // Any day does as the start: the search covers every day of the Gregorian calendar's 400 years and more.
    let start = jiff::civil::date(2024, 1, 1).to_zoned(jiff::tz::TimeZone::UTC);
    match (schedule.cron.parsed(), start) {
        (Some(cron), Ok(start)) => cron.find_next_occurrence(&start, true).is_err(),
        _ => false,
    }
}

fn located(loaded: &Loaded, problems: Vec<Problem>) -> Vec<Diagnostic> {
    if problems.is_empty() {
        return Vec::new();
    }
    let index = Index::of(loaded);
    problems
        .into_iter()
        .map(|problem| {
            let diagnostic = if problem.key {
                index.at_key(&problem.path, problem.message)
            } else {
                index.at_value(&problem.path, problem.message)
            };
            match problem.hint {
                Some(hint) => diagnostic.hint(hint),
                None => diagnostic,
            }
        })
        .collect()
}

/// What is wrong with `{files}` in a command, and what to do about it.
fn misplaced_files(argv: &[String]) -> Option<(&'static str, &'static str)> {
    let (program, arguments) = argv.split_first()?;
    if program == FILES {
        Some((
            "`{files}` cannot be the program",
            "write `run = [\"PROGRAM\", \"{files}\"]`",
        ))
    } else if arguments.iter().filter(|it| *it == FILES).count() > 1 {
        Some((
            "`{files}` stands in a command once at most",
            "name the files once",
        ))
    } else if argv.iter().any(|it| it != FILES && it.contains(FILES)) {
        Some((
            "`{files}` must be an argument of its own",
            "each file becomes one argument; the whole list is in the file that $TEND_CHANGED_FILES names",
        ))
    } else {
        None
    }
}

/// What is wrong with a command.
fn command(name: &str, key: &'static str, argv: &[String], problems: &mut Vec<Problem>) {
    let path = || steps!["task", name, key];
    match argv.first() {
        None => problems.push(
            Problem::value(path(), format!("`{key}` is empty"))
                .hint(format!("write `{key} = [\"PROGRAM\", \"ARGUMENT\"]`")),
        ),
        Some(program) if program.trim().is_empty() => {
            problems.push(Problem::value(path(), "the program's name is empty"));
        }
        Some(program) if argv.len() == 1 && program.contains(char::is_whitespace) => {
            let words: Vec<_> = program
                .split_whitespace()
                .map(|word| format!("{word:?}"))
                .collect();
            problems.push(
                Problem::value(path(), format!("there is no program called `{program}`")).hint(
                    format!(
                        "no shell splits words here: write `{key} = [{}]`",
                        words.join(", ")
                    ),
                ),
            );
        }
        Some(_) => {}
    }
    if let Some((message, hint)) = misplaced_files(argv) {
        let hint = hint.replace("`run = ", &format!("`{key} = "));
        problems.push(Problem::value(path(), message).hint(hint));
    }
    if argv.iter().any(|argument| argument.contains('\0')) {
        problems.push(Problem::value(
            path(),
            "an argument cannot contain a NUL character",
        ));
    }
}

/// A task after which another runs, with the path of the mention.
type Predecessor<'a> = (&'a str, Vec<Step>);

struct Names<'a> {
    tasks: &'a BTreeMap<TaskName, Task>,
    builtin: TaskNames,
    /// The task written for each meaning: it may be written under an alias.
    written: BTreeMap<&'a str, (&'a str, &'a Task)>,
}

impl Names<'_> {
    /// Tools and forms of output that are not known, or that mean nothing for this task.
    fn tools(&self, name: &TaskName, task: &Task, problems: &mut Vec<Problem>) {
        let name = name.as_str();
        if let Some(tools) = &task.tools {
            let builtin = (self.builtin.canonical)(name).filter(|_| task.run.is_none());
            if !builtin.is_some_and(self.builtin.runs_tools) {
                problems.push(Problem::key(
                    steps!["task", name, "tools"],
                    "only built-in tasks that run tools have `tools`",
                ));
            }
            for tool in tools {
                self.tool(tool, steps!["task", name, "tools"].to_vec(), problems);
            }
        }
        let path = steps!["task", name, "output"].to_vec();
        match &task.output {
            None | Some(Output::None) => {}
            Some(_) if task.run.is_none() => problems.push(
                Problem::key(path, "only the output of a command is read")
                    .hint("write `run = [\"PROGRAM\", …]`"),
            ),
            Some(Output::Json(tool, _)) => self.tool(tool, path, problems),
            Some(Output::Regex(expression)) => {
                if let Err(why) = (self.builtin.check_regex)(expression) {
                    problems.push(Problem::value(path, why));
                }
            }
            Some(_) => {}
        }
    }

    fn tool(&self, tool: &str, path: Vec<Step>, problems: &mut Vec<Problem>) {
        let known = (self.builtin.tools)();
        if known.contains(&tool) {
            return;
        }
        let problem = Problem::value(path, format!("no tool `{tool}` is known"));
        problems.push(match nearest(tool, known.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint(format!("the tools are {}", known.join(", "))),
        });
    }
}

impl<'a> Names<'a> {
    fn new(tasks: &'a BTreeMap<TaskName, Task>, builtin: TaskNames) -> Self {
        let written = tasks
            .iter()
            .map(|(name, task)| {
                let name = name.as_str();
                ((builtin.canonical)(name).unwrap_or(name), (name, task))
            })
            .collect();
        Self {
            tasks,
            builtin,
            written,
        }
    }

    /// The task that a name means.
    fn meant(&self, name: &'a str) -> Option<&'a str> {
        match (self.builtin.canonical)(name) {
            Some(canonical) => Some(canonical),
            None => self.tasks.contains_key(name).then_some(name),
        }
    }

    fn unknown(&self, path: impl Into<Vec<Step>>, name: &str) -> Problem {
        let mut names: BTreeSet<&str> = self.tasks.keys().map(TaskName::as_str).collect();
        names.extend((self.builtin.all)());
        let problem = Problem::value(path, format!("there is no task `{name}`"));
        match nearest(name, names) {
            Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
            None => problem.hint(format!("define it: `[task.{name}]` with `run = […]`")),
        }
    }

    fn definition(&self, name: &TaskName, task: &Task, problems: &mut Vec<Problem>) {
        let name = name.as_str();
        let Some(argv) = &task.run else {
            if (self.builtin.canonical)(name).is_none() {
                let problem = Problem::key(
                    steps!["task", name],
                    format!("`{name}` is not a built-in task, and it has no `run`"),
                );
                problems.push(match nearest(name, (self.builtin.all)()) {
                    Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
                    None => problem.hint("add `run = [\"PROGRAM\", \"ARGUMENT\"]`"),
                });
            }
            if task.fix.is_some() {
                problems.push(
                    Problem::key(
                        steps!["task", name, "fix"],
                        "only a task with a command of its own has `fix`",
                    )
                    .hint("write `run = [\"PROGRAM\", …]`"),
                );
            }
            return;
        };
        command(name, "run", argv, problems);
        if let Some(fix) = &task.fix {
            command(name, "fix", fix, problems);
        }
        if task.workspace == Some(Workspace::None) {
            problems.push(
                Problem::value(
                    steps!["task", name, "workspace"],
                    "a command needs a workspace",
                )
                .hint("write \"commit\", \"worktree\" or \"index\""),
            );
        }
    }

    fn aliases(&self, problems: &mut Vec<Problem>) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for name in self.tasks.keys().map(TaskName::as_str) {
            let canonical = (self.builtin.canonical)(name).unwrap_or(name);
            if let Some(first) = seen.insert(canonical, name) {
                problems.push(
                    Problem::key(
                        steps!["task", name],
                        format!("`{name}` and `{first}` are names of the same task"),
                    )
                    .hint(format!("write both in `[task.{canonical}]`")),
                );
            }
        }
    }

    fn references(&self, name: &'a TaskName, task: &'a Task, problems: &mut Vec<Problem>) {
        let name = name.as_str();
        for (index, needed) in task.needs.iter().flatten().enumerate() {
            if self.meant(needed.as_str()).is_none() {
                let path = steps!["task", name, "needs", index];
                problems.push(self.unknown(path, needed.as_str()));
            }
        }
        for (index, event) in task.on.iter().flatten().enumerate() {
            if let Event::After(other) = event
                && self.meant(other).is_none()
            {
                problems.push(self.unknown(steps!["task", name, "on", index], other));
            }
        }
    }

    fn hooks(&self, loaded: &'a Loaded, problems: &mut Vec<Problem>) {
        for (hook, of_hook) in &loaded.config.hooks {
            if problems.len() >= MOST {
                return;
            }
            for (list, names) in [("tasks", &of_hook.tasks), ("gates", &of_hook.gates)] {
                for (index, name) in names.iter().enumerate() {
                    if self.meant(name.as_str()).is_none() {
                        let path = steps!["hooks", hook.name(), list, index];
                        problems.push(self.unknown(path, name.as_str()));
                    }
                }
            }
            for name in &of_hook.gates {
                self.gate(*hook, name.as_str(), problems);
            }
            if !hook.can_gate() && !of_hook.gates.is_empty() {
                let able: Vec<_> = HookName::ALL
                    .into_iter()
                    .filter(|hook| hook.can_gate())
                    .map(HookName::name)
                    .collect();
                problems.push(
                    Problem::key(
                        steps!["hooks", hook.name(), "gates"],
                        format!("git ignores what {hook} says, so that it cannot have gates"),
                    )
                    .hint(format!("gates belong to {}", able.join(", "))),
                );
            }
        }
    }

    /// What a task cannot have as a gate.
    fn gate(&self, hook: HookName, name: &'a str, problems: &mut Vec<Problem>) {
        let Some((key, task)) = self.written.get(name).copied() else {
            return;
        };
        if task.needs.as_ref().is_some_and(|needs| !needs.is_empty()) {
            problems.push(
                Problem::value(
                    steps!["task", key, "needs"],
                    format!("`{key}` is a gate of {hook}, and git does not wait for other tasks"),
                )
                .hint("make what it needs a part of its command, or a gate as well"),
            );
        }
        let reads_message = |argv: &Vec<String>| argv.iter().any(|word| word == MESSAGE);
        if hook != HookName::CommitMsg && task.run.as_ref().is_some_and(reads_message) {
            problems.push(
                Problem::value(
                    steps!["task", key, "run"],
                    format!("`{key}` is a gate of {hook}, where there is no `{MESSAGE}`"),
                )
                .hint("messages are judged by gates of commit-msg"),
            );
        }
    }

    /// The tasks after which a task runs.
    fn predecessors(&self, name: &'a str) -> Vec<Predecessor<'a>> {
        let Some((key, task)) = self.written.get(name).copied() else {
            return Vec::new();
        };
        let needs = task.needs.iter().flatten().enumerate().map(|(index, it)| {
            let path = steps!["task", key, "needs", index].to_vec();
            (it.as_str(), path)
        });
        let after = task
            .on
            .iter()
            .flatten()
            .enumerate()
            .filter_map(|(index, event)| {
                let path = steps!["task", key, "on", index].to_vec();
                match event {
                    Event::After(other) => Some((other.as_str(), path)),
                    _ => None,
                }
            });
        needs
            .chain(after)
            .filter_map(|(other, path)| self.meant(other).map(|other| (other, path)))
            .collect()
    }

    /// Every circle is reported once, at the mention that closes it.
    fn circles(&self, problems: &mut Vec<Problem>) {
        let mut finished: BTreeSet<&str> = BTreeSet::new();
        for start in self.tasks.keys().filter_map(|key| self.meant(key.as_str())) {
            // The stack is explicit: a chain of a hundred thousand tasks must not exhaust the thread's.
            let mut trail: Vec<(&str, std::vec::IntoIter<Predecessor<'_>>)> = Vec::new();
            let mut on_trail: BTreeSet<&str> = BTreeSet::new();
            if !finished.contains(start) {
                trail.push((start, self.predecessors(start).into_iter()));
                on_trail.insert(start);
            }
            while let Some((current, rest)) = trail.last_mut() {
                let Some((next, path)) = rest.next() else {
                    finished.insert(current);
                    on_trail.remove(current);
                    trail.pop();
                    continue;
                };
                if on_trail.contains(next) {
                    let circle: Vec<_> = trail
                        .iter()
                        .map(|(name, _)| *name)
                        .skip_while(|name| *name != next)
                        .chain([next])
                        .collect();
                    problems.push(
                        Problem::value(
                            path,
                            format!("tasks wait for each other: {}", circle.join(" → ")),
                        )
                        .hint("take one of them out of `needs` or `on`"),
                    );
                } else if !finished.contains(next) {
                    trail.push((next, self.predecessors(next).into_iter()));
                    on_trail.insert(next);
                }
            }
        }
    }
}

/// Values of one task that cannot hold.
fn values(name: &TaskName, task: &Task, problems: &mut Vec<Problem>) {
    let name = name.as_str();
    for (key, period) in [
        ("timeout", task.timeout),
        ("every", task.every),
        ("expect", task.expect),
    ] {
        if period == Some(Period::default()) {
            problems.push(Problem::value(
                steps!["task", name, key],
                format!("`{key}` cannot be zero"),
            ));
        }
    }
    let limits = [
        ("memory", task.limits.memory == Some(Size::default())),
        ("cpu", task.limits.cpu == Some(Period::default())),
    ];
    for (key, _) in limits.into_iter().filter(|(_, zero)| *zero) {
        problems.push(Problem::value(
            steps!["task", name, "limits", key],
            format!("with no {key} at all nothing runs"),
        ));
    }
    if task.root.is_some() && task.for_each.is_some() {
        problems.push(
            Problem::key(
                steps!["task", name, "for_each"],
                "`root` and `for_each` contradict each other",
            )
            .hint("`for_each` already says in which folders it runs"),
        );
    }
    for (variable, value) in task.env.iter().flatten() {
        let path = steps!["task", name, "env", variable.as_str()];
        if variable.is_empty() || variable.contains(['=', '\0']) {
            problems.push(Problem::key(
                path,
                format!("`{}` is not a variable's name", variable.escape_debug()),
            ));
        } else if value.contains('\0') {
            problems.push(Problem::value(
                path,
                "a variable's value cannot contain a NUL character",
            ));
        }
    }
}
