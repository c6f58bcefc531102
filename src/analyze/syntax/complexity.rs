//! The complexity of one function, and what to do about it.

use serde::{Deserialize, Serialize};

/// The version of the definition in the documentation of [`super`]: it grows whenever the same function gets another
/// value, by our rules or by a grammar.
pub const DEFINITION: u32 = 1;

/// A function above this should be looked at: the threshold of McCabe 1976, and of Radon's rank C.
pub const CYCLOMATIC_LIMIT: u32 = 10;

/// The same for cognitive complexity: `SonarQube`'s threshold.
pub const COGNITIVE_LIMIT: u32 = 15;

/// A function above one of the limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// With the classes and functions around it: `Parser.parse`, `outer.inner`; `(anonymous)` where it has none.
    pub name: String,
    /// Its first line, from 1.
    pub line: u32,
    /// Its last line.
    pub end: u32,
    /// Its parameters.
    pub parameters: u32,
    /// Its cyclomatic complexity.
    pub cyclomatic: u32,
    /// Its cognitive complexity.
    pub cognitive: u32,
    /// The deepest level of nesting in it.
    pub depth: u32,
    /// `case`s among its decisions.
    pub cases: u32,
    /// Short-circuit operators among its decisions.
    pub operators: u32,
}

/// Radon's ranks of cyclomatic complexity: A to 5, B to 10, C to 20, D to 30, E to 40, F above.
pub fn rank(cyclomatic: u32) -> char {
    match cyclomatic {
        0..=5 => 'A',
        6..=10 => 'B',
        11..=20 => 'C',
        21..=30 => 'D',
        31..=40 => 'E',
        _ => 'F',
    }
}

impl Function {
    /// Whether it is above a limit.
    pub fn is_complex(&self) -> bool {
        self.cyclomatic > CYCLOMATIC_LIMIT || self.cognitive > COGNITIVE_LIMIT
    }

    /// What would make it simpler, told by what makes it complex.
    pub fn recommendation(&self) -> String {
        let lines = self.end.saturating_sub(self.line) + 1;
        let decisions = self.cyclomatic.saturating_sub(1).max(1);
        if self.cases * 2 > decisions && self.depth <= 3 {
            return format!(
                "{} of its {decisions} decisions are cases: a table, or a type with a method each, would take them out",
                self.cases
            );
        }
        if self.operators * 2 > decisions {
            return format!(
                "{} of its {decisions} decisions join conditions: name the conditions in functions of their own",
                self.operators
            );
        }
        if self.depth >= 4 {
            return format!(
                "nested {} levels deep: return early, or take the inner {} out",
                self.depth,
                if self.cognitive > 2 * self.cyclomatic {
                    "loops"
                } else {
                    "branches"
                }
            );
        }
        if lines > 60 {
            let parts = (self.cyclomatic.div_ceil(CYCLOMATIC_LIMIT)).max(2);
            return format!(
                "{lines} lines with {decisions} decisions: split into about {parts} functions, one for each step"
            );
        }
        let parts = (self.cyclomatic.div_ceil(CYCLOMATIC_LIMIT)).max(2);
        format!("{decisions} decisions in {lines} lines: split into about {parts} functions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_radons() {
        let ranks: String = [1, 5, 6, 10, 11, 20, 21, 30, 31, 40, 41]
            .into_iter()
            .map(rank)
            .collect();
        assert_eq!(ranks, "AABBCCDDEEF");
    }

    #[test]
    fn the_advice_names_what_is_complex() {
        let function = |cases, operators, depth, lines| Function {
            line: 1,
            end: lines,
            cyclomatic: 21,
            cognitive: 20,
            depth,
            cases,
            operators,
            ..Function::default()
        };
        for (function, words) in [
            (function(15, 0, 2, 40), "cases"),
            (function(0, 12, 2, 40), "conditions"),
            (function(0, 0, 5, 40), "5 levels"),
            (function(0, 0, 2, 100), "100 lines"),
            (function(0, 0, 2, 40), "about 3 functions"),
        ] {
            let advice = function.recommendation();
            assert!(advice.contains(words), "{advice}");
        }
    }
}
