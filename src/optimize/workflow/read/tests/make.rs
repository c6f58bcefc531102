//! Makefiles.

use super::*;
use crate::optimize::workflow::read::makefile;

const FILE: &str = r"
# A comment that goes on \
all: not this
CC ?= cc
SRC := main.c \
       util.c
OBJ = $(SRC:.c=.o)
DIR = build
UP != uname
ifeq ($(CC),cc)
NAME = app
else
NAME = other
endif
ifdef NOTHING
all: never
endif

.PHONY: all test clean
all: $(DIR)/$(NAME) docs ; @echo done
$(DIR)/$(NAME): $(OBJ) | $(DIR)
	@$(CC) -o $@ $^
	# not a command
$(DIR):
	mkdir -p $@
main.o util.o: %.o: %.c common.h
	$(CC) -c $<
%.txt: %.md
	convert $<
.c.o:
	nothing
test: LEVEL = 3
test: all
	cargo test \
	  --workspace
docs:: readme.txt
	touch docs
docs:: more.txt
	touch docs
clean:
	rm -rf build
include config.mk
$(eval $(call more))
last: $(shell ls)
	true
";

const GROUPS: &str = "\
all: checks\n\techo done
checks: lint units
lint units:\n\ttrue
";

#[test]
fn targets_and_what_they_need() {
    let reading = makefile(FILE, "Makefile").unwrap();
    let all = named(&reading, "make:all");
    assert_eq!(all.workflow.workers, Some(1));
    assert_eq!(
        order(all),
        [
            "all <- build/app, docs",
            "build/app <- main.o, util.o, build",
            "build <-",
            "main.o <-",
            "util.o <-",
            "docs <-",
        ]
    );
    // A goal stands for all that it needs, whatever its recipe does.
    assert_eq!(gathering(all), ["all"]);
    assert_eq!(
        gathering(named(&makefile(GROUPS, "Makefile").unwrap(), "make:all")),
        ["all", "checks"]
    );
    let test = named(&reading, "make:test");
    assert!(order(test).contains(&"test <- all".to_owned()));
    let names: Vec<&str> = reading
        .workflows
        .iter()
        .map(|it| it.workflow.name.as_str())
        .collect();
    assert_eq!(names, ["make:all", "make:test", "make:clean", "make:last"]);
    let commands = &all.commands;
    assert_eq!(commands[0], ["echo done"]);
    assert_eq!(commands[1], ["cc -o build/app main.o util.o"]);
    assert_eq!(commands[5], ["touch docs", "touch docs"]);
}

#[test]
fn a_file_is_what_its_recipe_makes() {
    let reading = makefile(FILE, "Makefile").unwrap();
    let all = named(&reading, "make:all");
    let some = |it: &[&str]| Some(it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        touched(all, "build/app"),
        (some(&["main.o", "util.o"]), some(&["build/app"]))
    );
    assert_eq!(
        touched(all, "docs"),
        (some(&["readme.txt", "more.txt"]), some(&["docs"]))
    );
    // Of a phony target with a recipe nobody knows, and what is made of main.c is not said by name.
    assert_eq!(touched(all, "all"), (None, None));
    assert_eq!(touched(all, "main.o"), (None, None));
    let last = named(&reading, "make:last");
    assert_eq!(touched(last, "last"), (None, None));
}

#[test]
fn what_only_a_run_can_tell_is_noted() {
    let notes = makefile(FILE, "Makefile").unwrap().notes.join("\n");
    for said in [
        "config.mk is not read",
        "2 rules for patterns are left out",
        "all that last needs",
        "what this says",
    ] {
        assert!(notes.contains(said), "{said}: {notes}");
    }
    let text = "ifeq ($(shell uname),Linux)\nA = x\na: b\n\tls\nendif\nc: $(A)\n\tls\n";
    let reading = makefile(text, "Makefile").unwrap();
    assert_eq!(reading.notes.len(), 3, "{:?}", reading.notes);
    assert_eq!(order(named(&reading, "make:c")), ["c <-"]);
}

#[test]
fn functions_that_the_text_decides() {
    let cases = [
        ("$(patsubst %.c,%.o,a.c b.h)", "a.o b.h"),
        ("$(addprefix x/,a b)", "x/a x/b"),
        ("$(addsuffix .o, a b )", "a.o b.o"),
        ("$(notdir x/a y/b)", "a b"),
        ("$(basename x.y/a.c b)", "x.y/a b"),
        ("$(suffix x.y/a.c b)x", ".cx"),
        ("$(dir x/a b)", "x/ ./"),
        ("$(filter %.c,a.c b.o)", "a.c"),
        ("$(filter-out %.c,a.c b.o)", "b.o"),
        ("$(sort b a b)", "a b"),
        ("$(subst a,b,aa ca)", "bb cb"),
        ("$(firstword a b) $(lastword a b)", "a b"),
        ("$($(N)) ${N}x $N", "two Bx B"),
        ("./a .//b", "a b"),
    ];
    for (written, meant) in cases {
        let text = format!("N = B\nB := two\nall: {written}\n\t:\n");
        let reading = makefile(&text, "Makefile").unwrap();
        // Those that nothing makes are files; as targets they show in their order.
        let targets: String = meant
            .split(' ')
            .map(|it| format!("{it}:\n\ttouch $@\n"))
            .collect();
        let whole = makefile(&format!("{text}{targets}"), "Makefile").unwrap();
        let found = order(&whole.workflows[0])[0].clone();
        assert_eq!(
            found,
            format!("all <- {}", meant.split(' ').collect::<Vec<_>>().join(", ")),
            "{written}"
        );
        assert!(reading.notes.is_empty(), "{:?}", reading.notes);
    }
}

#[test]
fn how_many_run_at_once_can_be_said() {
    let text = "MAKEFLAGS += --jobs=4\na: b\nb:\n\tls\n";
    assert_eq!(
        makefile(text, "Makefile").unwrap().workflows[0]
            .workflow
            .workers,
        Some(4)
    );
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let cases = [
        ("", "it describes nothing that is run"),
        ("A = b\n", "it describes nothing that is run"),
        (
            "a: b\nb: c\nc: a\n",
            "line 1: these need each other: a → b → c → a",
        ),
        ("a:\nendif\n", "line 2: an `endif` without a condition"),
        ("else\n", "line 1: an `else` without a condition"),
    ];
    for (text, said) in cases {
        assert_eq!(refused(makefile(text, "Makefile")), said, "{text}");
    }
}
