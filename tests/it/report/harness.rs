//! That the browser's driver sees what the report's tests ask it about: each vice is on a page here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::browser::{Browser, Looked, Step};
use crate::support::until;

const STYLE: &str = "\
:root { color-scheme: light dark; font: 1rem/1.5 sans-serif; color: #222; background: #fff }
@media (prefers-color-scheme: dark) { :root { color: #ddd; background: #111 } }
pre { overflow-x: auto }
:focus-visible { outline: 2px solid currentcolor }
.unmarked:focus-visible { outline: none }
";

const SCRIPT: &str = "\
document.getElementById('query').addEventListener('input', (event) => {
  for (const item of document.querySelectorAll('li')) item.hidden = !item.textContent.includes(event.target.value);
});
";

/// The digests of `STYLE` and `SCRIPT`.
const POLICY: &str = "default-src 'none'; style-src 'sha256-0fxpp9p4GZbfvy+WnpU4AjdrqJ67Zn3eGtrWh8/waT4='; script-src 'sha256-xyl2udr2MWlOGX7eDBAnJbMIGhuu58nPPDvAJXqPH00='";

struct Page {
    folder: TempDir,
}

impl Page {
    /// A page that nothing is wrong with but what `more` brings.
    fn new(policy: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let items: String = (0..100)
            .flat_map(|n| ["<li>finding ".to_owned(), n.to_string(), "</li>".to_owned()])
            .collect();
        let wide = "long ".repeat(400);
        let page = format!(
            r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{STYLE}</style></head><body><main><h1>A page</h1>
<p><label for="query">Filter</label> <input id="query"></p><ul>{items}</ul>
<pre tabindex="0" role="region" aria-label="Source"><code>{wide}</code></pre><noscript><p>Without scripts</p></noscript>
{more}</main><script>{SCRIPT}</script></body></html>"#
        );
        fs::write(folder.path().join("page.html"), page).unwrap();
        Self { folder }
    }

    fn good(more: &str) -> Self {
        Self::new(POLICY, more)
    }

    /// With a policy that lets everything pass.
    fn lax(more: &str) -> Self {
        Self::new("default-src * 'unsafe-inline'", more)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("page.html")
    }

    fn open(&self) -> Browser {
        Browser::open(&self.path())
    }
}

#[track_caller]
fn assert_told(all: &[String], words: &[&str]) {
    let told = all
        .iter()
        .any(|one| words.iter().all(|word| one.contains(word)));
    assert!(told, "nothing about {words:?} in:\n  {}", all.join("\n  "));
}

/// Nothing of the browser is left, neither processes nor files.
#[track_caller]
fn assert_gone(looked: &Looked) {
    let left: Vec<_> = fs::read_dir(looked.folder()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    // Its processes name the folder of their profile.
    let name = looked.folder().to_str().unwrap();
    until(10, "the browser's processes to end", || {
        let ps = Command::new("ps")
            .args(["-eww", "-o", "args"])
            .output()
            .unwrap();
        (!String::from_utf8_lossy(&ps.stdout).contains(name)).then_some(())
    });
}

#[test]
fn a_good_page_passes_in_every_setting() {
    let page = Page::good("");
    let picture = page.folder.path().join("{}.png");
    let filter = [
        Step::new("type", json!(["#query", "ding 9"])).named("typed"),
        Step::new("visible_count", "li").named("left"),
    ];
    let Some(looked) = page
        .open()
        .settings(&[
            "light",
            "dark phone",
            "forced-colors reduced-motion",
            "no-scripts",
        ])
        .setting_with("320x640", filter)
        .step(Step::new("axe", true))
        .step(Step::new("overflow", true))
        .step(Step::new("screenshot", picture.to_str().unwrap()).with("full", true))
        .step(Step::new("count", "script").named("scripts"))
        .step(Step::new("visible_count", "noscript p").named("without"))
        .step(Step::new("texts", "li:nth-child(-n+2)").named("items"))
        .step(
            Step::new(
                "evaluate",
                "getComputedStyle(document.documentElement).backgroundColor",
            )
            .named("ground"),
        )
        .step(
            Step::new(
                "evaluate",
                "[matchMedia('(pointer: coarse)').matches, typeof orientation]",
            )
            .named("touch"),
        )
        .step(Step::new("tab_through", 2).named("focus"))
        .run()
    else {
        return;
    };
    looked.assert_quiet();
    looked.assert_accessible();
    looked.assert_no_overflow();
    eprintln!("{} settings in {:?}", looked.looks().len(), looked.took());
    for look in looked.looks() {
        assert_eq!(look.value("scripts"), 1);
        assert_eq!(look.value("items"), &json!(["finding 0", "finding 1"]));
        let focus = look.value("focus").as_array().unwrap();
        let reached: Vec<_> = focus
            .iter()
            .map(|one| (&one["role"], &one["name"]))
            .collect();
        assert_eq!(
            reached,
            [
                (&json!("textbox"), &json!("Filter")),
                (&json!("region"), &json!("Source"))
            ]
        );
        assert!(
            focus.iter().all(|one| one["focus_drawn"] == true),
            "{focus:?}"
        );
    }
    assert_eq!(looked.look("light").value("without"), 0);
    assert_eq!(looked.look("no-scripts").value("without"), 1);
    assert_eq!(looked.look("light").value("ground"), "rgb(255, 255, 255)");
    assert_eq!(looked.look("dark phone").value("ground"), "rgb(17, 17, 17)");
    assert_eq!(
        looked.look("light").value("touch"),
        &json!([false, "undefined"])
    );
    assert_eq!(
        looked.look("dark phone").value("touch"),
        &json!([true, "number"])
    );
    let narrow = looked.look("320x640");
    assert_eq!(narrow.value("left"), 11);
    assert_eq!(
        narrow.value("typed")["painted_ms"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    let opened = narrow.opened();
    assert!(opened.interactive_ms >= opened.load_ms, "{opened:?}");
    for setting in [
        "light",
        "dark-phone",
        "forced-colors-reduced-motion",
        "no-scripts",
        "320x640",
    ] {
        let picture = fs::read(page.folder.path().join(format!("{setting}.png"))).unwrap();
        assert!(picture.starts_with(b"\x89PNG"), "{setting}");
    }
    assert_gone(&looked);
}

#[test]
fn what_a_strict_policy_stops_is_told() {
    let page = Page::good(
        r#"<p id="handled" onclick="alert('clicked')">Click</p><p style="color: red">Red</p>
        <img src="http://localhost:9/picture.png" alt="A picture"><script>alert('ran')</script>"#,
    );
    let Some(looked) = page
        .open()
        .settings(&["light", "no-scripts"])
        .step(Step::new("click", "#handled"))
        .run()
    else {
        return;
    };
    assert_eq!(looked.failures(), [""; 0]);
    let noises = looked.noises();
    assert_told(
        &noises,
        &[
            "light: content security policy",
            "script-src-attr",
            "inline",
        ],
    );
    assert_told(
        &noises,
        &[
            "light: content security policy",
            "script-src-elem",
            "inline",
        ],
    );
    assert_told(
        &noises,
        &["light: content security policy", "style-src-attr", "inline"],
    );
    assert_told(
        &noises,
        &["light: content security policy", "img-src", "picture.png"],
    );
    assert_told(
        &noises,
        &["light: console", "error", "inline event handler"],
    );
    assert_told(
        &noises,
        &[
            "no-scripts: content security policy",
            "img-src",
            "picture.png",
        ],
    );
    assert!(
        !noises.iter().any(|one| one.contains("alert:")),
        "{noises:?}"
    );
}

#[test]
fn what_a_page_says_and_asks_for_is_told() {
    let page = Page::lax(
        r#"<img src="http://localhost:9/picture.png" alt="A picture"><link rel="stylesheet" href="more.css">
        <script>console.error('an error'); console.warn('a warning'); console.log('a remark');
        alert('hello'); open('http://localhost:9/window'); fetch('http://localhost:9/data').catch(() => {});
        new WebSocket('ws://localhost:9/socket'); undefinedFunction();</script>"#,
    );
    let Some(looked) = page.open().run() else {
        return;
    };
    assert_eq!(looked.failures(), [""; 0]);
    let noises = looked.noises();
    assert_told(&noises, &["console", "error", "an error", "page.html"]);
    assert_told(&noises, &["console", "warning", "a warning"]);
    assert_told(&noises, &["script: undefinedFunction is not defined"]);
    // Not even this machine was asked.
    assert_told(&noises, &["console", "ERR_INTERNET_DISCONNECTED", "data"]);
    assert_told(&noises, &["alert: hello"]);
    assert_told(&noises, &["window: "]);
    for name in ["picture.png", "more.css", "data", "socket", "window"] {
        assert_told(&noises, &["request", &format!("/{name}")]);
    }
    assert!(
        !noises.iter().any(|one| one.contains("a remark")),
        "{noises:?}"
    );
}

#[test]
fn barriers_and_what_sticks_out_are_told() {
    let page = Page::lax(
        r##"<p class="faint" style="color: #bbb; background: #fff">Faint</p><input class="nameless">
        <div style="width: 2000px"><div id="wide">Wide</div></div><p><a class="unmarked" href="#wide">Link</a></p>"##,
    );
    let settings = ["light", "phone", "no-scripts"];
    let Some(looked) = page
        .open()
        .settings(&settings)
        .step(Step::new("axe", true))
        .step(Step::new("overflow", true))
        .step(Step::new("tab_through", 4).named("focus"))
        .run()
    else {
        return;
    };
    looked.assert_quiet();
    let (barriers, overflows) = (looked.barriers(), looked.overflows());
    assert_eq!((barriers.len(), overflows.len()), (6, 3), "{barriers:?}");
    for setting in settings {
        assert_told(
            &barriers,
            &[setting, "color-contrast (serious)", ".faint", "#bbb"],
        );
        assert_told(&barriers, &[setting, "label (critical)", ".nameless"]);
        assert_told(&overflows, &[setting, "div#wide", "px"]);
        let drawn: Vec<&Value> = looked
            .look(setting)
            .value("focus")
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["focus_drawn"])
            .collect();
        assert_eq!(drawn, [true, true, true, false], "{setting}");
    }
    // Neither what it is in, nor what is scrolled in a box of its own.
    let lines: Vec<_> = overflows.iter().map(|one| one.lines().count()).collect();
    assert_eq!(lines, [2, 2, 2], "{overflows:?}");
}

#[test]
fn what_keeps_a_page_busy_is_timed() {
    let page = Page::lax(
        r#"<button type="button">Work</button><p id="done"></p><script>
        const work = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
        const done = document.getElementById('done');
        let later;
        document.querySelector('button').addEventListener('click', () => {
          clearTimeout(later);
          done.textContent = '';
          work(300);
          later = setTimeout(() => { done.textContent = 'done'; }, 200);
        });
        work(500);</script>"#,
    );
    let Some(looked) = page
        .open()
        .settings(&["light", "phone"])
        .step(Step::new("click", "button").named("alone"))
        .step(
            Step::new("click", "button")
                .with(
                    "until",
                    "document.getElementById('done').textContent === 'done'",
                )
                .named("all"),
        )
        .step(Step::new("text", "#done").named("done"))
        .run()
    else {
        return;
    };
    looked.assert_quiet();
    let mut longest = 0.0_f64;
    for look in looked.looks() {
        let opened = look.opened();
        assert!(opened.interactive_ms >= Some(500.0), "{opened:?}");
        let alone = look.value("alone");
        assert!(alone["painted_ms"].as_f64() >= Some(300.0), "{alone}");
        let all = look.value("all");
        assert!(all["painted_ms"].as_f64() >= Some(500.0), "{all}");
        assert_eq!(look.value("done"), "done");
        let told = [opened.longest_task_ms, alone["longest_task_ms"].as_f64()];
        longest = told.into_iter().flatten().fold(longest, f64::max);
    }
    // When a busy browser tells of a long task is its own affair: one of four is enough.
    assert!(longest >= 300.0, "{longest}");
}

#[test]
fn a_page_that_hangs_holds_nobody_up() {
    let page = Page::lax(r#"<button type="button" onclick="for (;;);">Hang</button>"#);
    let limits = (Duration::from_secs(50), Duration::from_secs(5));
    let Some(looked) = page
        .open()
        .settings(&["light", "no-scripts"])
        .step(Step::new("click", "button"))
        .step(Step::new("count", "li").named("items"))
        .limits(limits.0, limits.1)
        .run()
    else {
        return;
    };
    let failures = looked.failures();
    assert_told(&failures, &["light", "click", "button"]);
    assert_told(&failures, &["light", "count", "no longer answers"]);
    assert!(
        !failures.iter().any(|one| one.contains("no-scripts")),
        "{failures:?}"
    );
    assert_eq!(looked.look("no-scripts").value("items"), 100);
    assert_gone(&looked);

    let begun = Instant::now();
    let looked = Page::lax("<script>for (;;);</script>")
        .open()
        .limits(Duration::from_secs(4), Duration::from_secs(60))
        .run()
        .unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    assert_told(&looked.failures(), &["not finished in time"]);
    assert_gone(&looked);
}

#[test]
fn a_page_that_is_not_there_is_a_failure() {
    let Some(looked) = Browser::open(Path::new("/no/such/page.html")).run() else {
        return;
    };
    assert_told(&looked.failures(), &["ERR_FILE_NOT_FOUND"]);
}
