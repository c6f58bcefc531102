//! The closed sets of words in a node.

/// An enum whose variants are words: in JSON, in the database and on the command line alike.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every one, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their words, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The one with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(in crate::graph) use words;

words! {
    /// What kind of work a segment was.
    NodeKind {
        /// New behaviour.
        Coding = "coding",
        /// Finding out what is wrong.
        Debugging = "debugging",
        /// The same behaviour in another form.
        Refactoring = "refactoring",
        /// Machines and services.
        Sysadmin = "sysadmin",
        /// Finding out how something is.
        Research = "research",
        /// Deciding what to do.
        Planning = "planning",
        /// Testing and reviewing.
        Qa = "qa",
        /// Collecting ideas.
        Brainstorm = "brainstorm",
        /// Passing work on.
        Handoff = "handoff",
        /// Writing for people.
        Documentation = "documentation",
        /// Settings.
        Configuration = "configuration",
        /// Working on data.
        Data = "data",
        /// Anything else, and what nobody has judged yet.
        Other = "other",
    }
}

words! {
    /// What came of a segment.
    Outcome {
        /// What was wanted.
        Success = "success",
        /// Some of it.
        Partial = "partial",
        /// Not what was wanted.
        Failed = "failed",
        /// Left in the middle.
        Abandoned = "abandoned",
    }
}

words! {
    /// How sure somebody is.
    Confidence {
        /// Very.
        High = "high",
        /// Rather.
        Medium = "medium",
        /// Not very.
        Low = "low",
    }
}

words! {
    /// How often something happens.
    Frequency {
        /// One time.
        Once = "once",
        /// Now and then.
        Sometimes = "sometimes",
        /// Mostly.
        Often = "often",
        /// Every time.
        Always = "always",
    }
}

words! {
    /// How bad something is.
    Severity {
        /// A nuisance.
        Low = "low",
        /// It costs time.
        Medium = "medium",
        /// It spoils the work.
        High = "high",
    }
}

words! {
    /// What a lesson is about.
    Level {
        /// The project.
        Project = "project",
        /// The kind of task.
        Task = "task",
        /// The user.
        User = "user",
        /// The model.
        Model = "model",
        /// A tool.
        Tool = "tool",
        /// A skill.
        Skill = "skill",
        /// A sub-agent.
        Subagent = "subagent",
    }
}

words! {
    /// Why a version of a node was made. The order says which of two reasons for one content is kept.
    Cause {
        /// The segment was read.
        Initial = "initial",
        /// The instructions of the analysis changed.
        PromptUpdate = "prompt_update",
        /// A connection to another node was found.
        ConnectionFound = "connection_found",
        /// A person corrected it.
        UserFeedback = "user_feedback",
        /// The form of nodes changed.
        SchemaMigration = "schema_migration",
    }
}
