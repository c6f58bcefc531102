//! The definition of complexity, language by language, and the rest of what is read.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::naming::Case;
use super::*;

/// Each function with its cyclomatic and its cognitive complexity, in the order of lines.
fn measured(source: &str, grammar: Grammar) -> Vec<(String, u32, u32)> {
    let syntax = read_keeping(source.as_bytes(), grammar, |_| true).unwrap();
    assert_eq!(syntax.unparsed, 0, "{source}");
    let functions = syntax.complex.into_iter();
    functions
        .map(|function| (function.name, function.cyclomatic, function.cognitive))
        .collect()
}

/// The complexities of the only function.
fn of(source: &str, grammar: Grammar) -> (u32, u32) {
    let functions = measured(source, grammar);
    let [(_, cyclomatic, cognitive)] = functions.as_slice() else {
        panic!("{functions:?} in {source}");
    };
    (*cyclomatic, *cognitive)
}

#[test]
fn python() {
    for (body, expected) in [
        ("pass", (1, 0)),
        ("if a:\n  pass\n elif b:\n  pass\n else:\n  pass", (3, 3)),
        ("for x in y:\n  if x:\n   pass\n else:\n  pass", (3, 3)),
        ("while a and b and c or d:\n  pass", (5, 3)),
        ("return a if b else c", (2, 1)),
        ("return [x for x in y if x if not x]", (4, 0)),
        (
            "try:\n  pass\n except A:\n  pass\n except B:\n  if c:\n   pass\n else:\n  pass\n finally:\n  pass",
            (4, 4),
        ),
        (
            "match a:\n  case 1 | 2:\n   pass\n  case x if x > 3:\n   pass\n  case _:\n   pass",
            (4, 1),
        ),
        ("assert a\n with b:\n  pass", (1, 0)),
        ("return sorted(a, key=lambda x: x if x else 0)", (2, 2)),
        ("if a:\n  return f()", (2, 2)),
        ("if (b if a else c):\n  pass", (3, 2)),
    ] {
        assert_eq!(
            of(&format!("def f():\n {body}\n"), Grammar::Python),
            expected,
            "{body}"
        );
    }
}

#[test]
fn functions_in_functions_and_classes_are_their_own() {
    let source =
        "class A:\n def m(self):\n  def inner():\n   if a: pass\n  if b: pass\n\ndef g(): pass\n";
    let expected = [("A.m", 2, 1), ("A.m.inner", 2, 1), ("g", 1, 0)];
    assert_eq!(
        measured(source, Grammar::Python),
        expected.map(|(n, a, b)| (n.to_owned(), a, b))
    );
    let source = "const f = (a) => a ? 1 : 2;\nclass B { m() {\n[].map(x => x && 1); }\nh = () => 1; }\nlet o = { k: function () {} };\nexport default () => {};\n";
    let names: Vec<_> = measured(source, Grammar::JavaScript)
        .into_iter()
        .map(|(name, cyclomatic, _)| format!("{name} {cyclomatic}"))
        .collect();
    assert_eq!(
        names,
        [
            "f 2",
            "B.m 1",
            "B.m.(anonymous) 2",
            "B.h 1",
            "k 1",
            "(anonymous) 1"
        ]
    );
}

#[test]
fn javascript_and_typescript() {
    for grammar in [Grammar::JavaScript, Grammar::TypeScript, Grammar::Tsx] {
        for (body, expected) in [
            ("", (1, 0)),
            ("if (a) {} else if (b) {} else {}", (3, 3)),
            ("for (;;) { while (a) { do {} while (b) } }", (4, 6)),
            ("for (const x of y) { for (const z in w) {} }", (3, 3)),
            ("switch (a) { case 1: case 2: break; default: }", (3, 1)),
            ("try {} catch (e) { if (e) {} } finally {}", (3, 3)),
            ("return a && b && (c || d) ?? e", (5, 3)),
            ("a ||= b; a?.c", (2, 1)),
            ("out: for (;;) { if (a) continue out; }", (3, 4)),
            ("return f(a ? b : c ? d : e)", (3, 4)),
        ] {
            assert_eq!(
                of(&format!("function f() {{ {body} }}"), grammar),
                expected,
                "{body}"
            );
        }
    }
}

#[test]
fn rust() {
    for (body, expected) in [
        ("", (1, 0)),
        ("if a {} else if let Some(x) = b {} else {}", (3, 3)),
        ("match a { A => 1, B if c => 2, _ => 3 };", (4, 1)),
        ("match a { A => 1, B => 2 };", (2, 1)),
        ("match a {};", (1, 1)),
        ("loop { if a { break; } }", (2, 3)),
        (
            "'a: for x in y { while let Some(z) = w { continue 'a; } }",
            (3, 4),
        ),
        ("let Some(x) = y else { return };", (2, 1)),
        ("if a && let Some(b) = c && d {}", (4, 2)),
        ("a()?; b.iter().map(|x| if x { 1 } else { 2 });", (2, 3)),
        ("let x = a || b && c;", (3, 2)),
        ("let f = || 1; let g = &&a;", (1, 0)),
    ] {
        assert_eq!(
            of(&format!("fn f() {{ {body} }}"), Grammar::Rust),
            expected,
            "{body}"
        );
    }
    let source = "impl<T> Tr for Foo<T> { fn m(&self) {} }\nmod inner { fn g() {} }\ntrait A { fn no_body(); fn body() {} }";
    let names: Vec<_> = measured(source, Grammar::Rust)
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(names, ["Foo.m", "inner.g", "A.body"]);
}

#[test]
fn go() {
    for (body, expected) in [
        ("", (1, 0)),
        ("if a {} else if b {} else {}", (3, 3)),
        ("for i := range x { if err != nil { return } }", (3, 3)),
        ("switch a { case 1, 2: case 3: default: }", (3, 1)),
        ("switch x := a.(type) { case int: _ = x }", (2, 1)),
        ("select { case <-c: default: }", (2, 1)),
        ("go func() { if a && b {} }()", (3, 3)),
        ("goto end\nend:", (1, 1)),
    ] {
        assert_eq!(
            of(&format!("package p\nfunc f() {{ {body} }}"), Grammar::Go),
            expected,
            "{body}"
        );
    }
    let source = "package p\nfunc (s *Set[T]) Add(a, b int) {}\n";
    assert_eq!(measured(source, Grammar::Go)[0].0, "Set.Add");
}

#[test]
fn a_function_begins_after_what_is_said_about_it() {
    for (source, grammar) in [
        ("class A {\n@dec()\nm(){}\n}", Grammar::JavaScript),
        ("class A {\n@dec()\nm(){}\n}", Grammar::TypeScript),
        ("class A {\n@Dec\nvoid m(){}\n}", Grammar::Java),
        ("class A:\n @dec\n def m(self): pass\n", Grammar::Python),
        ("impl A {\n#[dec]\nfn m() {}\n}", Grammar::Rust),
    ] {
        let syntax = read_keeping(source.as_bytes(), grammar, |_| true).unwrap();
        assert_eq!(syntax.complex[0].line, 3, "{source}");
    }
}

#[test]
fn java() {
    for (body, expected) in [
        ("", (1, 0)),
        ("if (a) {} else if (b) {} else {}", (3, 3)),
        ("for (int i = 0; i < n; i++) for (var x : y) {}", (3, 3)),
        ("switch (a) { case 1: case 2: break; default: }", (3, 1)),
        (
            "int x = switch (a) { case 1, 2 -> 3; case 4 -> 5; default -> 6; };",
            (3, 1),
        ),
        ("try {} catch (A | B e) {} finally {}", (2, 1)),
        ("switch (a) { case null, default -> b(); }", (1, 1)),
        ("run(() -> { if (a || b) {} });", (3, 3)),
        ("do { x = a ? b : c; } while (d);", (3, 3)),
    ] {
        let source = format!("class A {{ void f() {{ {body} }} abstract void g(); }}");
        assert_eq!(of(&source, Grammar::Java), expected, "{body}");
    }
}

#[test]
fn c() {
    for (body, expected) in [
        ("", (1, 0)),
        ("if (a) ; else if (b) ; else ;", (3, 3)),
        ("switch (a) { case 1: case 2: break; default: ; }", (3, 1)),
        ("do { x = a ? b : c; } while (d && e);", (4, 4)),
        ("goto end; end: ;", (1, 1)),
        ("\n#if A && B\nx();\n#endif\n", (1, 0)),
    ] {
        assert_eq!(
            of(&format!("static int *f(int a) {{ {body} }}"), Grammar::C),
            expected,
            "{body}"
        );
    }
    assert_eq!(measured("static int *f(int a) {}", Grammar::C)[0].0, "f");
}

#[cfg(feature = "ruby")]
#[test]
fn ruby() {
    for (body, expected) in [
        ("if a\n elsif b\n else\n end", (3, 3)),
        ("x unless y\n", (2, 1)),
        ("case a\n when 1 then 2\n else 3\n end", (2, 1)),
        ("begin\n a\n rescue B\n c\n end", (2, 1)),
        ("a.each { |x| puts x if x && y }", (3, 3)),
    ] {
        assert_eq!(
            of(&format!("def f\n {body}\nend\n"), Grammar::Ruby),
            expected,
            "{body}"
        );
    }
}

#[cfg(feature = "php")]
#[test]
fn php() {
    for (body, expected) in [
        ("if ($a) {} elseif ($b) {} else {}", (3, 3)),
        ("foreach ($a as $b) { echo $b ?? 1; }", (3, 2)),
        ("$x = match ($a) { 1, 2 => 3, default => 4 };", (2, 1)),
        ("try {} catch (A $e) {}", (2, 1)),
    ] {
        assert_eq!(
            of(&format!("<?php function f() {{ {body} }}"), Grammar::Php),
            expected,
            "{body}"
        );
    }
}

#[cfg(feature = "csharp")]
#[test]
fn csharp() {
    for (body, expected) in [
        ("if (a) {} else if (b) {} else {}", (3, 3)),
        ("foreach (var x in y) { z ??= x ?? w; }", (3, 2)),
        ("switch (a) { case 1: break; default: break; }", (2, 1)),
        ("var x = a switch { 1 => 2, _ => 3 };", (2, 1)),
        ("try {} catch (A e) when (b) {}", (3, 1)),
    ] {
        let source = format!("class A {{ void F() {{ {body} }} }}");
        assert_eq!(of(&source, Grammar::CSharp), expected, "{body}");
    }
}

#[cfg(feature = "cpp")]
#[test]
fn cpp() {
    for (body, expected) in [
        ("for (auto x : y) { if (a && b) {} else {} }", (4, 5)),
        ("try {} catch (...) {}", (2, 1)),
        ("auto g = [](int x) { return x ? 1 : 2; };", (2, 2)),
    ] {
        assert_eq!(
            of(&format!("int A::f(int&& a) {{ {body} }}"), Grammar::Cpp),
            expected,
            "{body}"
        );
    }
}

#[test]
fn names_are_sampled_by_what_they_name() {
    let source = "LIMIT = 3\nclass BigThing:\n def do_it(self, first_arg, *, other_arg=1): local_name, second_name = 1, 2\ndef doThat(): pass\n";
    let syntax = read(source.as_bytes(), Grammar::Python).unwrap();
    let count = |cases: &naming::Cases, case| cases.count(case);
    assert_eq!(count(&syntax.function_names, Case::Snake), 1);
    assert_eq!(count(&syntax.function_names, Case::Camel), 1);
    assert_eq!(count(&syntax.type_names, Case::Pascal), 1);
    assert_eq!(count(&syntax.constant_names, Case::Screaming), 1);
    assert_eq!(count(&syntax.variable_names, Case::Snake), 4);

    let source = "#define MAX_LEN 3\nenum { ONE_A };\nstruct node_t { int x; };\nstatic int do_it(char *first_arg) { int local_one = 1; struct node_t *other_one; }\n";
    let syntax = read(source.as_bytes(), Grammar::C).unwrap();
    assert_eq!(count(&syntax.constant_names, Case::Screaming), 2);
    assert_eq!(count(&syntax.type_names, Case::Snake), 1);
    assert_eq!(count(&syntax.variable_names, Case::Snake), 3);

    let source = "package p\nconst maxLen = 1\nfunc DoIt(firstArg int) { localOne, otherOne := 1, 2 }\ntype bigThing struct{}\n";
    let syntax = read(source.as_bytes(), Grammar::Go).unwrap();
    assert_eq!(count(&syntax.variable_names, Case::Camel), 3);
    assert_eq!(count(&syntax.constant_names, Case::Camel), 1);
    assert_eq!(count(&syntax.type_names, Case::Camel), 1);

    let source = "const MAX_LEN: u8 = 1;\nstruct BigThing;\nfn do_it(first_arg: u8) { let (mut local_one, other_one) = x; }\n";
    let syntax = read(source.as_bytes(), Grammar::Rust).unwrap();
    assert_eq!(count(&syntax.variable_names, Case::Snake), 3);
    assert_eq!(count(&syntax.constant_names, Case::Screaming), 1);
}

#[test]
fn comments_and_documentation_are_told_apart() {
    let source =
        "/// Doc.\n#[inline]\nfn a() {}\n// no doc\nfn b() {}\n/* block */\n/// far\n\nfn c() {}\n";
    let syntax = read(source.as_bytes(), Grammar::Rust).unwrap();
    assert_eq!((syntax.functions, syntax.documented), (3, 1));
    assert_eq!(
        (
            syntax.comments.line,
            syntax.comments.block,
            syntax.comments.doc
        ),
        (3, 1, 2)
    );
    let source = "def a():\n '''Doc.'''\ndef b():\n pass # c\n";
    let syntax = read(source.as_bytes(), Grammar::Python).unwrap();
    assert_eq!((syntax.functions, syntax.documented), (2, 1));
    let source = "/** Doc. */\nexport function a() {}\n/* no */\nfunction b() { return 'x' + \"y\" + 'z'; }\n";
    let syntax = read(source.as_bytes(), Grammar::TypeScript).unwrap();
    assert_eq!(
        (
            syntax.documented,
            syntax.quotes.single,
            syntax.quotes.double
        ),
        (1, 2, 1)
    );
}

#[test]
fn the_handling_of_errors_is_counted() {
    let source = "def f(x):\n if x is None: raise A\n try:\n  pass\n except Exception:\n  pass\n except A:\n  g()\n";
    let errors = read(source.as_bytes(), Grammar::Python).unwrap().errors;
    assert_eq!(
        (
            errors.tries,
            errors.handlers,
            errors.broad,
            errors.silent,
            errors.raises,
            errors.null_checks
        ),
        (1, 2, 1, 1, 1, 1)
    );
    let source = "package p\nfunc f() error { if err != nil { return err }; if x == nil { panic(1) }; return nil }";
    let errors = read(source.as_bytes(), Grammar::Go).unwrap().errors;
    assert_eq!(
        (errors.values, errors.null_checks, errors.panics),
        (1, 1, 1)
    );
    let source = "fn f() { a()?; b.unwrap(); panic!(); }";
    let errors = read(source.as_bytes(), Grammar::Rust).unwrap().errors;
    assert_eq!((errors.values, errors.panics), (1, 2));
}

#[test]
fn facts_are_kept_in_few_bytes_and_come_back() {
    let source = "def f(a):\n".to_owned() + &" if a: pass\n".repeat(12);
    let syntax = read(source.as_bytes(), Grammar::Python).unwrap();
    let [function] = syntax.complex.as_slice() else {
        panic!()
    };
    assert_eq!(
        (
            function.line,
            function.end,
            function.parameters,
            function.cyclomatic
        ),
        (1, 13, 1, 13)
    );
    let kept = postcard::to_allocvec(&syntax).unwrap();
    assert!(kept.len() < 80, "{}", kept.len());
    assert_eq!(postcard::from_bytes::<Syntax>(&kept).unwrap(), syntax);
}

#[test]
fn nesting_without_end_is_read_without_a_deep_stack() {
    for (open, grammar) in [
        ("(", Grammar::Python),
        ("[", Grammar::JavaScript),
        ("{", Grammar::C),
        ("if(a)", Grammar::Java),
        ("fn f(){", Grammar::Rust),
        ("func(){", Grammar::Go),
    ] {
        let source = open.repeat(100_000);
        // Whether it is read or given up, neither the stack nor the patience may end.
        let _ = read(source.as_bytes(), grammar);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(source in proptest::collection::vec(any::<u8>(), 0..300), which in 0..Grammar::ALL.len()) {
        read(&source, Grammar::ALL[which]);
    }

    #[test]
    fn any_words_are_read(words in proptest::collection::vec(proptest::sample::select(vec![
        "if", "else", "def", "class", "fn", "func", "match", "case", "try", "except", "catch", "(", ")", "{", "}", ":", "\n", " ", "a", "=", "=>", "&&", "||", "?", "\"", "'", "//", "/*", "#", "let", "for", "while", "_", "impl", "<", ">", ".", "'a", "\\", "é",
    ]), 0..80), which in 0..Grammar::ALL.len()) {
        read(words.join(" ").as_bytes(), Grammar::ALL[which]);
    }
}
