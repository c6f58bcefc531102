//! How tests went of late.

use crate::cli::error::{CommandError, Context as _};
use crate::findings::{ScanHead, Stored, Tests, wavering};
use crate::report::findings::Document;
use crate::report::html::page::{TestedRun, TestedTask};

/// So many runs of a task are looked at.
const RUNS: usize = 50;

/// The tasks of the document that run tests, with their runs, oldest first.
pub(super) fn tested(
    stored: &Stored<'_>,
    document: &Document,
) -> Result<Vec<TestedTask>, CommandError> {
    let mut tested = Vec::new();
    for task in &document.tasks {
        // What ran no test last runs none.
        if task.tools.iter().all(|tool| tool.tests.is_none()) {
            continue;
        }
        let mut heads = Vec::new();
        for entry in stored.of(&task.task).iter().take(RUNS) {
            if let Some(head) = stored.load_head(entry).context("read the tests")? {
                heads.push((entry.commit.clone(), head));
            }
        }
        heads.reverse();
        let flaky = wavering(&heads).into_iter().collect();
        let runs = heads
            .into_iter()
            .filter_map(|(commit, head)| run(commit, head));
        tested.push(TestedTask {
            task: task.task.clone(),
            runs: runs.collect(),
            flaky,
        });
    }
    Ok(tested)
}

/// All tools of a run together; nothing where none ran a test.
fn run(commit: Option<String>, head: ScanHead) -> Option<TestedRun> {
    let tests = head.tools.into_iter().filter_map(|tool| tool.tests);
    let tests = tests.reduce(|mut all: Tests, more| {
        all.merge(more);
        all
    })?;
    Some(TestedRun {
        commit: commit.filter(|_| !head.dirty),
        at: head.timestamp,
        tests,
    })
}
