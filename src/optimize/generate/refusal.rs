//! Why a recipe is not written in a form.

/// Why a recipe is not written in a form. Steps are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to do.
    #[error("the recipe has no steps")]
    NoSteps,
    /// What was stored is no recipe.
    #[error("the recipe is damaged: {0}")]
    Damaged(String),
    /// Nothing that is started takes a NUL.
    #[error("step {step} has a NUL, which no command can be given")]
    Nul {
        /// Which.
        step: usize,
    },
    /// It talks to the network.
    #[error("step {step} talks to the network ({program}); say --allow-network if it may")]
    Network {
        /// Which.
        step: usize,
        /// What talks.
        program: String,
    },
    /// A value would become code.
    #[error(
        "step {step} gives `{program}` code of which <{parameter}> is a part: a value would be run, not read; \
         take it out of the code"
    )]
    ValueInCode {
        /// Which.
        step: usize,
        /// What would run it.
        program: String,
        /// The parameter's name.
        parameter: String,
    },
    /// Only a shell can do it.
    #[error(
        "step {step} is code of a shell ({what}), which {form} cannot hold; take the form shell-script"
    )]
    NeedsShell {
        /// Which.
        step: usize,
        /// What only a shell can do.
        what: String,
        /// The form that was asked for.
        form: &'static str,
    },
    /// A line of the form cannot hold a line break.
    #[error("step {step} has a line break, which {form} cannot hold; take the form shell-script")]
    LineBreak {
        /// Which.
        step: usize,
        /// The form that was asked for.
        form: &'static str,
    },
    /// It is for jq alone.
    #[error("the form jq is for steps that all work with jq: step {step} does not")]
    NotJq {
        /// Which.
        step: usize,
    },
    /// Nobody is there to say it.
    #[error("--{parameter} has no value that was seen twice, and a {form} has nobody to say one")]
    NeedsValue {
        /// The parameter's name.
        parameter: String,
        /// The form that was asked for.
        form: &'static str,
    },
    /// Nobody is there to answer.
    #[error("a step waits for a person, and a {form} has none")]
    Interactive {
        /// The form that was asked for.
        form: &'static str,
    },
    /// Which hook?
    #[error("the form hook needs the name of a hook")]
    NoHook,
    /// That hook cannot stop git.
    #[error("{hook} cannot stop git, so it has no gates")]
    NoGate {
        /// The hook's name.
        hook: &'static str,
    },
    /// When?
    #[error("the form schedule needs a cron expression")]
    NoSchedule,
}
