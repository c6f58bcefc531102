//! The syntax of every language: the first byte chooses the grammar.
#![no_main]

use git_tend::analyze::syntax::{Grammar, read_keeping};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, source)) = data.split_first() else {
        return;
    };
    let grammar = Grammar::ALL[usize::from(*first) % Grammar::ALL.len()];
    let Some(syntax) = read_keeping(source, grammar, |_| true) else {
        return;
    };
    assert_eq!(syntax.functions as usize, syntax.complex.len());
    let lines = source.iter().filter(|byte| **byte == b'\n').count() as u32 + 1;
    for function in &syntax.complex {
        assert!(function.cyclomatic >= 1);
        assert!(1 <= function.line && function.line <= function.end && function.end <= lines);
    }
});
