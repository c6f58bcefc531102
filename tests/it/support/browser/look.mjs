// Looks at a page of a file in headless Chromium and tells what it sees, as JSON.
//
//   node tests/it/support/browser/look.mjs <<< '{
//     "file": "report.html",
//     "settings": ["light", "dark phone", {"setting": "no-scripts", "steps": [{"count": "noscript p"}]}],
//     "steps": [{"axe": true}, {"overflow": true}, {"screenshot": "/tmp/report-{}.png", "full": true}]
//   }'
//
// The page is opened once in each setting, all in one Chromium, one after the other; then the steps are taken, those of
// the setting after those for all. A setting is some of the words
//   light dark  desktop phone 320x640  no-scripts reduced-motion forced-colors print
// and without them light, desktop (1280x800; a phone has 390x844, two pixels to one, and touch) and with scripts.
// Nothing reaches the network: what a page asks for is refused and told.
//
// Steps (selectors are Playwright's: CSS, `text=…`, `role=button[name="…"]`):
//   {"goto": "#part"}                      also "?a=b", and "" for the page again, or the path of another page
//   {"back": true}
//   {"click": "#more"}                     a tap where there is touch
//   {"fill": ["#search", "text"]}          {"type": [selector, text]} key by key, timed for each
//   {"press": "Enter"} {"focus": selector} {"check": selector} {"uncheck": selector} {"select": [selector, value]}
//     Actions answer with painted_ms, the time from their first event until the page was painted after it (two frames:
//     10 to 50 where nothing happens), and longest_task_ms. "until": "a JavaScript expression" over the document is
//     waited for before that paint. Without scripts there are no such times.
//   {"count": selector} {"visible_count": selector}
//   {"text": selector} the first one's textContent, {"texts": selector} everyone's, {"seen_text": selector} innerText
//   {"attribute": [selector, name]}
//   {"evaluate": "a JavaScript expression"}  among the page's own scripts; promises are awaited
//   {"wait_for": selector}                 until it is visible; "hidden": true until it is not;
//                                          {"wait_for": {"expression": "…"}} until that is true
//   {"screenshot": "/path/{}.png"}         {} is the setting; "full": true the whole page, to 8000 px or as many
//                                          as "full" says; "of": selector one element
//   {"axe": true}                          or a selector: axe-core's violations there (45 s for 20,000 rows of a table:
//                                          give it "within_ms", or a part of the page)
//   {"overflow": true}                     whether the page is wider than the screen, and what sticks out
//   {"tab_through": 10}                    presses Tab as often: role, name and visible focus of what it reaches
// Options of every step: "as": a name for its outcome, "within_ms": its time limit.
// Options of the request: "limit_ms" for everything (60000), "step_ms" for a step (10000, axe 30000), "chromium".
//
// Answer: {"chromium", "started_ms", "ms", "timed_out", "settings": [{"setting", "opened": {"load_ms",
// "interactive_ms", "longest_task_ms", "blocked_ms"}, "steps": [{"step", "ms", "value" or "error"}], "console",
// "page_errors", "csp", "requests", "surprises"}]}. `interactive_ms`: since the navigation began, two frames were
// painted after the load event and a key that was pressed after it was handled; null without scripts. `surprises` are
// dialogs, windows and downloads. What fails is told in "error" at its place; the exit code is 0 whenever there is an
// answer.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Looker, NO_ANSWER, clean, installed, readSetting, within } from './looker.mjs';

async function timed(action) {
  const begun = performance.now();
  const outcome = {};
  try {
    outcome.value = await action() ?? null;
  } catch (error) {
    outcome.error = clean(error);
  }
  return { ms: Math.round(performance.now() - begun), ...outcome };
}

async function lookIn(browser, request, entry, answer) {
  const { setting: name, steps = [] } = typeof entry === 'string' ? { setting: entry } : entry;
  const limit = request.step_ms ?? 10_000;
  const heard = { console: [], page_errors: [], csp: [], requests: [], surprises: [] };
  const seen = { setting: name, opened: {}, steps: [], ...heard, error: 'not finished' };
  answer.settings.push(seen);
  let looker;
  try {
    looker = new Looker(name, readSetting(name), pathToFileURL(resolve(request.file)).href, seen);
    await within(limit, looker.start(browser), 'a new page');
    const opened = await timed(() => looker.step({ goto: '' }, limit));
    seen.opened = opened.error ? { error: opened.error } : opened.value;
    let lost = opened.error !== undefined && !await looker.answers();
    for (const step of [...request.steps ?? [], ...steps]) {
      const outcome = lost ? { ms: 0, error: NO_ANSWER } : await timed(() => looker.step(step, limit));
      seen.steps.push({ step, ...outcome });
      lost ||= outcome.error !== undefined && !await looker.answers();
    }
    if (lost) seen.error = NO_ANSWER;
    else delete seen.error;
  } catch (error) {
    seen.error = clean(error);
  } finally {
    await within(2000, looker?.context?.close() ?? Promise.resolve(), 'closing').catch(() => {});
  }
}

function chromiumOf(request) {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const found = (process.env.PATH ?? '').split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  const path = request.chromium ?? found;
  if (!path) throw new Error('no Chromium found');
  return path;
}

async function main() {
  const begun = performance.now();
  const since = () => Math.round(performance.now() - begun);
  const answer = { chromium: null, started_ms: null, ms: 0, timed_out: false, settings: [] };
  // Everything that Chromium and Playwright leave lying is in here.
  const folder = mkdtempSync(join(tmpdir(), 'look-'));
  process.env.TMPDIR = folder;
  const tidy = () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
  process.on('exit', tidy);

  const finish = () => {
    answer.ms = since();
    // Leaving kills Chromium's process group at once, whatever it is doing: Playwright sees to that at this process's
    // end, and the folder goes after it.
    process.off('exit', tidy);
    process.on('exit', tidy);
    process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
  };

  try {
    const request = JSON.parse(readFileSync(0, 'utf8'));
    const limit = request.limit_ms ?? 60_000;
    setTimeout(() => { answer.timed_out = true; finish(); }, limit);
    const { chromium } = installed('playwright-core');
    const browser = await chromium.launch({
      executablePath: chromiumOf(request),
      // That there is neither a sandbox nor /dev/shm, as for root in a container, is Playwright's own choice.
      args: ['--disable-gpu'],
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' },
      timeout: Math.min(limit, 30_000),
    });
    answer.chromium = browser.version();
    answer.started_ms = since();
    for (const entry of request.settings ?? ['light']) await lookIn(browser, request, entry, answer);
  } catch (error) {
    answer.error = clean(error);
  }
  finish();
}

await main();
