//! What the syntax tree of a source file says: how complex its functions are, how its things are named, how it is
//! commented and how it handles errors.
//!
//! # The definition of complexity, version 1
//!
//! Each *function* is measured alone: functions and methods with a body, and in JavaScript and TypeScript function
//! expressions and arrow functions too. A function in a function is one of its own. Closures and lambdas of the other
//! languages belong to the function around them. Code outside of functions is not measured.
//!
//! **Cyclomatic complexity** (T. J. McCabe, 1976, with the short-circuit operators as G. J. Myers, 1977, counts them) is 1, plus 1 for each
//!
//! - `if`, `else if`, `elif`, `unless`, conditional expression, `if let`, `let … else`, `while let`;
//! - loop: `for`, `while`, `do`, `until`, `loop`'s exit is its `break`'s `if`; comprehension clause (`for` and `if`);
//! - `case` or `match` arm with a condition: `default`, `else` and a lone `_` are none; and its guard;
//! - `except`, `catch`, `rescue`;
//! - `&&`, `||`, `and`, `or`, `??`, and their assigning forms.
//!
//! `assert`, `with`, `finally`, `else`, Rust's `?`, optional chaining and the preprocessor's `#if` are not counted.
//!
//! **Cognitive complexity** follows G. Ann Campbell, *Cognitive Complexity* (SonarSource, version 1.7): 1, plus 1 for each
//! level of nesting around it, for `if`, conditional expression, `switch` or `match` as a whole, loop and `catch`; 1 for
//! `else if`, `else`, `goto`, a jump to a label, each run of one short-circuit operator, and a function that calls
//! itself. Closures and lambdas nest. Unlike there, a function in a function starts anew.
//!
//! A value is comparable only with values of the same [`DEFINITION`].

pub mod complexity;
pub mod facts;
pub mod grammar;
pub mod naming;
#[cfg(test)]
mod tests;
mod walk;

pub use complexity::{COGNITIVE_LIMIT, CYCLOMATIC_LIMIT, DEFINITION, Function};
pub use facts::Syntax;
pub use grammar::Grammar;
pub use walk::{read, read_keeping};
