//! Findings: what a tool or an analyser says about the code, in one form, with an identity that lasts from commit to
//! commit.

pub mod finding;
pub mod scan;
pub mod test_run;
pub mod verdict;

pub use finding::{
    Confidence, Dependency, Finding, FirstSeen, Level, LineIdentity, Place, Severity, Subject,
};
pub use scan::{Scan, ScanHead, ToolReport, Unchecked};
pub use test_run::{Case, CaseOutcome, Tests};
pub use verdict::{Status, StatusRule, Verdict};
