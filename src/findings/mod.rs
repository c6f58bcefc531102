//! Findings: what a tool or an analyser says about the code, in one form, with an identity that lasts from commit to
//! commit.

pub mod baseline;
pub mod changes;
pub mod configured;
pub mod finding;
pub mod identity;
pub mod link;
pub mod markers;
mod nearest;
pub mod scan;
pub mod source;
pub mod stored;
pub mod suppress;
pub mod test_run;
pub mod verdict;
mod wavering;

pub use baseline::{Baseline, BaselineError, Coverage};
pub use changes::{Changes, ChangesError, Mapped};
pub use finding::{
    Confidence, Dependency, Finding, FirstSeen, Level, LineIdentity, Place, Severity, Subject,
};
pub use identity::{Matching, Tier, match_findings};
pub use link::link;
pub use markers::{Marker, Markers};
pub use scan::{Scan, ScanHead, ToolReport, Unchecked};
pub use stored::{Looked, Stored};
pub use suppress::{Applied, Checked, Fault, Suppression, Written};
pub use test_run::{Case, CaseOutcome, Tests};
pub use verdict::{Status, StatusRule, Verdict};
pub use wavering::wavering;
