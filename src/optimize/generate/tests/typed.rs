//! What was typed, read as the collectors read it, and written out again does the same.

use super::*;
use crate::optimize::command::read;

/// The recipe of a line: what stood in it is what happens if nothing is said.
fn recipe_of(line: &str) -> Recipe {
    let mut steps = Vec::new();
    let mut parameters = Vec::new();
    for typed in read(line, None).unwrap() {
        let first = parameters.len();
        let mut shape = typed.step.shape.clone();
        if let Shape::Pipeline(commands) = &mut shape {
            let targets = |it: &mut Simple| {
                let redirects = std::mem::take(&mut it.redirects);
                it.redirects = redirects
                    .into_iter()
                    .map(|it| Redirect {
                        target: renumbered(&it.target, first),
                        ..it
                    })
                    .collect();
            };
            for command in commands {
                command.words = command
                    .words
                    .iter()
                    .map(|it| renumbered(it, first))
                    .collect();
                targets(command);
            }
        }
        steps.push(shape);
        for (value, kind) in typed.values.iter().zip(&typed.step.kinds) {
            let name = format!("value-{}", parameters.len());
            parameters.push(parameter(&name, *kind, Some(value)));
        }
    }
    recipe(steps, parameters)
}

fn renumbered(word: &Word, first: usize) -> Word {
    let pieces = word.0.iter().map(|piece| match piece {
        Piece::Slot(slot) => Piece::Slot(slot + first),
        other => other.clone(),
    });
    Word(pieces.collect())
}

#[test]
fn what_was_typed_is_done_again() {
    let place = Place::new();
    place.write("a.rs", "a");
    place.write("b c.rs", "b");
    let env = [
        ("HOME".to_owned(), place.path().into()),
        ("X".to_owned(), "x  y".into()),
    ];
    let mut compared = 0;
    for line in [
        r#"./probe 'a b' "c $X" --flag=1 -m "it's" \$x "" -- -n"#,
        r"A=1 B='2 3' ./probe a && ./probe b | cat; ./probe c",
        r#"./probe *.rs "$X"z $X ~/x ~ "$(echo 'a  b')" $(echo a b)"#,
        r#"for i in 1 "2 3"; do ./probe "$i"; done"#,
        "./probe a || ./probe b",
        "./probe {a,b}c ${X/x/z} $'a\\nb'",
        "./probe <<E\n$X\nE\n./probe after",
        "./probe 'a\nb' \"c\nd\" > out 2>&1 < a.rs",
        "nohup ./probe x --y='z w' 2>/dev/null",
        "./probe [ab].rs '[ab].rs' \\*.rs 'it'\\''s' \"`echo c`\"",
        "cat a.rs 'b c.rs' | xargs ./probe -m 'x y'",
        "mkdir -p 'new dir' && cp 'b c.rs' 'new dir/d' && ./probe new*",
    ] {
        let clean = || {
            let _ = fs::remove_dir_all(place.path().join("new dir"));
        };
        clean();
        let _ = place.run_with(&["bash", "-c", line], &env);
        let typed = place.given();
        assert!(!typed.is_empty(), "{line}");
        let recipe = recipe_of(line);
        for form in [
            Form::ShellScript,
            Form::Python,
            Form::MakeTarget,
            Form::JustTarget,
        ] {
            let Ok(generated) = generate(&recipe, form, &Options::default()) else {
                assert_ne!(form, Form::ShellScript, "{line}");
                continue;
            };
            syntax(&generated);
            if generated.parameters.iter().any(|it| it.default.is_none()) {
                continue;
            }
            clean();
            let file = place.write("text", &generated.text);
            let given = arguments(&generated.parameters, &[]).unwrap();
            let it = invocation(
                generated.language,
                &generated.name,
                &file,
                &generated.parameters,
                &given,
            );
            if !has(it.argv[0].to_str().unwrap()) {
                continue;
            }
            let mut all = it.env.clone();
            all.extend(env.iter().cloned());
            succeeded(&place.run_with(&it.argv, &all));
            assert_eq!(place.given(), typed, "{form:?} {line}\n{}", generated.text);
            compared += 1;
        }
    }
    // Twelve as scripts, and most of them otherwise too.
    assert!(compared >= 30, "only {compared} were compared");
}
