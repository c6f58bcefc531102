//! From what is written to what holds: configuration and built-in tasks become the list of tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use super::builtin::{self, Builtin};
use super::selection::Selection;
use super::spec::AD_HOC;
use super::spec::{Action, Limits};
use super::task::{Notices, Root, Task, Triggers};
use crate::config::task::{Nice, Task as Written};
use crate::config::units::Size;
use crate::config::{Config, ConfigError, Event, Loaded, Workspace, check};

/// The time-out of a task with a command of its own (S1).
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// The memory of a job that says nothing else (S1).
const MEMORY: Size = Size::gibibytes(2);
/// How long files must be quiet before a change counts.
const DEBOUNCE: Duration = Duration::from_secs(1);

/// The tasks of a configuration, by name, switched-off ones included.
///
/// What no file says comes from the built-in task, then from `[defaults]`, then from here.
pub fn resolve(loaded: &Loaded) -> Result<Vec<Task>, ConfigError> {
    if let Some(error) = ConfigError::of(check::check(loaded, builtin::NAMES)) {
        return Err(error);
    }
    let config = &loaded.config;
    let mut tasks: BTreeMap<&str, Task> = BTreeMap::new();
    for builtin in builtin::ALL {
        let task = Task {
            enabled: config.defaults.builtin,
            ..one(builtin.name, Some(builtin), &Written::default(), config)
        };
        tasks.insert(builtin.name, task);
    }
    for (name, written) in &config.tasks {
        let name = canonical(name.as_str());
        tasks.insert(name, one(name, builtin::find(name), written, config));
    }
    for (hook, of_hook) in config.hooks.iter().filter(|(_, it)| it.enabled) {
        for name in &of_hook.tasks {
            if let Some(task) = tasks.get_mut(canonical(name.as_str())) {
                task.triggers.hooks.insert(*hook);
            }
        }
        for name in &of_hook.gates {
            if let Some(task) = tasks.get_mut(canonical(name.as_str())) {
                task.triggers.gates.insert(*hook);
            }
        }
    }
    if !loaded.has_project_file() {
        // The user's own file may say something about a hook; then that holds.
        for (hook, names) in builtin::DEFAULT_HOOKS
            .iter()
            .filter(|(hook, _)| !config.hooks.contains_key(hook))
        {
            for name in *names {
                if let Some(task) = tasks.get_mut(name) {
                    task.triggers.hooks.insert(*hook);
                }
            }
        }
    }
    Ok(tasks.into_values().collect())
}

/// What a command that is typed has of a task: the defaults of one with a command of its own.
pub fn ad_hoc(config: &Config) -> Task {
    let written = Written {
        run: Some(Vec::new()),
        workspace: Some(Workspace::Worktree),
        ..Written::default()
    };
    one(AD_HOC, None, &written, config)
}

/// The built-in task's own name for one of its aliases.
fn canonical(name: &str) -> &str {
    builtin::find(name).map_or(name, |builtin| builtin.name)
}

fn triggers(builtin: Option<&Builtin>, written: &Written, config: &Config) -> Triggers {
    let mut triggers = Triggers {
        schedule: written
            .schedule
            .as_ref()
            .filter(|schedule| schedule.enabled)
            .map(|schedule| schedule.cron.clone()),
        every: written
            .every
            .map(Into::into)
            .or_else(|| builtin.and_then(|builtin| builtin.every)),
        ..Triggers::default()
    };
    let events = written
        .on
        .as_deref()
        .or_else(|| builtin.map(|builtin| builtin.on))
        .unwrap_or_default();
    for event in events {
        match event {
            Event::Hook(hook) => {
                // A hook that is switched off starts nothing, whoever asks for it.
                if config.hooks.get(hook).is_none_or(|hook| hook.enabled) {
                    triggers.hooks.insert(*hook);
                }
            }
            Event::Change => triggers.change = config.file_watch.enabled,
            Event::PackageChange => triggers.package_change = config.file_watch.enabled,
            Event::After(task) => triggers.after.push(canonical(task).to_owned()),
        }
    }
    if written.on.is_none() {
        let after = builtin.and_then(|builtin| builtin.after);
        triggers.after.extend(after.map(str::to_owned));
    }
    triggers
}

fn limits(written: &Written, config: &Config) -> Limits {
    let (own, general) = (written.limits, config.defaults.limits);
    Limits {
        memory: Some(own.memory.or(general.memory).unwrap_or(MEMORY).bytes()),
        cpu_seconds: own
            .cpu
            .or(general.cpu)
            // A part of a second still is some time.
            .map(|cpu| cpu.get().as_millis().div_ceil(1000))
            .map(|seconds| u64::try_from(seconds).unwrap_or(u64::MAX)),
        file_size: own.file_size.or(general.file_size).map(Size::bytes),
        nice: Some(own.nice.or(general.nice).unwrap_or(Nice::DEFAULT).get()),
        cpu_percent: Some(config.queue.cpu_percent.get()),
    }
}

fn action(name: &str, builtin: Option<&Builtin>, written: &Written) -> Action {
    match &written.run {
        Some(argv) => Action::Command { argv: argv.clone() },
        None if builtin.is_some_and(|builtin| builtin.tools) => Action::Tools {
            name: name.to_owned(),
            only: written.tools.clone().unwrap_or_default(),
        },
        None => Action::Builtin {
            name: name.to_owned(),
        },
    }
}

fn one(name: &str, builtin: Option<&Builtin>, written: &Written, config: &Config) -> Task {
    // A command under a built-in task's name replaces it altogether.
    let builtin = builtin.filter(|_| written.run.is_none());
    Task {
        key: name.to_owned(),
        enabled: written.enabled,
        action: action(name, builtin, written),
        workspace: written
            .workspace
            .or(builtin.map(|builtin| builtin.workspace))
            .unwrap_or_default(),
        root: match (&written.for_each, &written.root) {
            (Some(pattern), _) => Root::Each(pattern.clone()),
            (None, folder) => Root::One(
                folder
                    .as_ref()
                    .map_or_else(String::new, |it| it.as_str().to_owned()),
            ),
        },
        selection: Selection::new(
            written.files.clone().unwrap_or_default(),
            written.exclude.clone().unwrap_or_default(),
        ),
        triggers: triggers(builtin, written, config),
        debounce: written
            .debounce
            .map(Into::into)
            .or_else(|| builtin.and_then(|builtin| builtin.debounce))
            .unwrap_or(DEBOUNCE),
        needs: written
            .needs
            .iter()
            .flatten()
            .map(|name| canonical(name.as_str()).to_owned())
            .collect(),
        priority: written
            .priority
            .or(builtin.map(|builtin| builtin.priority))
            .unwrap_or_default(),
        timeout: written
            .timeout
            .map(Into::into)
            .or(builtin.map(|builtin| builtin.timeout))
            .or(config.defaults.timeout.map(Into::into))
            .unwrap_or(COMMAND_TIMEOUT),
        retries: written.retries.unwrap_or(config.defaults.retries),
        retry_delay: written
            .retry_delay
            .unwrap_or(config.defaults.retry_delay)
            .get(),
        limits: limits(written, config),
        expect: written
            .expect
            .map(Into::into)
            .or_else(|| builtin.and_then(|builtin| builtin.expect)),
        coalesce: written.coalesce.unwrap_or_default(),
        interruptible: written
            .interruptible
            .or(builtin.map(|builtin| builtin.interruptible))
            .unwrap_or(true),
        link: match (&written.link, builtin) {
            (Some(folders), _) => folders
                .iter()
                .map(|folder| folder.as_str().to_owned())
                .collect(),
            (None, Some(builtin)) => builtin.link.iter().map(|it| (*it).to_owned()).collect(),
            (None, None) => Vec::new(),
        },
        env: written.env.clone().unwrap_or_default(),
        retry_on: written
            .retry_on
            .iter()
            .flatten()
            .map(|code| i32::from(*code))
            .collect(),
        catch_up: written.catch_up.unwrap_or_default(),
        on_budget: written.on_budget.unwrap_or_default(),
        fail_on: written.fail_on.unwrap_or_default(),
        output: written.output.clone().unwrap_or_default(),
        fix: written.fix.clone(),
        notify: Notices {
            start: written.notify.start.unwrap_or(false),
            complete: written
                .notify
                .complete
                .or(builtin.map(|builtin| builtin.notify_complete))
                .unwrap_or(false),
            issues: written
                .notify
                .issues
                .or(builtin.map(|builtin| builtin.notify_issues))
                .unwrap_or(true),
        },
    }
}

#[cfg(test)]
mod tests;
