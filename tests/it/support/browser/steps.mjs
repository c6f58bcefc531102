// The steps that a request may take on a page, by name. Each gets the looker (see `looker.mjs`), its argument and the
// whole step for its options, with its time limit among them, and gives what goes into the answer.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** An action, then how long it took from its first event until its outcome was painted. */
async function acted(looker, step, act) {
  if (!looker.scripts) { await act(); return {}; }
  await looker.inside('look.arm()');
  await act();
  return looker.inside(`look.painted(${step.until ? `() => (${step.until})` : ''})`);
}

async function some(looker, selector) {
  const found = looker.page.locator(selector);
  if (await found.count() === 0) throw new Error(`nothing matches ${selector}`);
  return found;
}

async function type(looker, [selector, text], step) {
  await looker.page.locator(selector).focus();
  const keys = [];
  for (const key of text) keys.push(await acted(looker, {}, () => looker.page.keyboard.press(key)));
  const settled = step.until ? await acted(looker, step, async () => {}) : {};
  if (!looker.scripts) return {};
  const painted = keys.map((key) => key.painted_ms);
  return {
    painted_ms: painted,
    slowest_ms: Math.max(...painted),
    longest_task_ms: Math.max(...[...keys, settled].map((each) => each.longest_task_ms ?? 0)),
  };
}

async function axe(looker, within) {
  const source = readFileSync(looker.axe, 'utf8');
  // Without scripts a page's timers stand still; axe-core uses them only to let others have their turn.
  const timers = looker.scripts ? ''
    : 'globalThis.setTimeout = (f, _, ...given) => { Promise.resolve().then(() => f(...given)); return 1; };';
  if (!await looker.inside('typeof axe === "object"')) await looker.inside(`${timers}${source}\n;0`);
  const options = { preload: false, iframes: false, resultTypes: ['violations', 'incomplete'] };
  const scope = typeof within === 'string' ? JSON.stringify(within) : 'document';
  return looker.inside(`axe.run(${scope}, ${JSON.stringify(options)}).then((found) => ({
    rules: found.passes.length + found.violations.length + found.incomplete.length,
    undecided: found.incomplete.map((rule) => rule.id),
    violations: found.violations.map((rule) => ({
      rule: rule.id, impact: rule.impact, help: rule.help, count: rule.nodes.length,
      nodes: rule.nodes.slice(0, 5).map((node) => ({
        target: node.target.join(' '), html: node.html.slice(0, 200), why: (node.failureSummary ?? '').slice(0, 400),
      })),
    })),
  }))`);
}

async function tabThrough(looker, times) {
  const found = [];
  for (let turn = 0; turn <= times; turn += 1) {
    await looker.page.keyboard.press('Tab');
    if (turn > 0) found[turn - 1].focus_drawn = await looker.inside('look.left()');
    if (turn === times) break;
    const seen = await looker.inside('look.focused()');
    const { nodes } = await looker.accessible('document.activeElement');
    found.push({ ...seen, role: nodes?.[0]?.role?.value ?? null, name: nodes?.[0]?.name?.value ?? '' });
  }
  // The step that showed the last element without the focus is taken back.
  await looker.page.keyboard.press('Shift+Tab');
  return found;
}

async function screenshot(looker, path, { full, of }) {
  const named = resolve(path.replaceAll('{}', looker.name.replaceAll(' ', '-')));
  if (of) {
    await looker.page.locator(of).screenshot({ path: named });
  } else if (full) {
    // A tall window instead of Chromium's picture of more than the window, which takes long on a very long page.
    const { viewport } = looker;
    const height = await looker.inside('document.documentElement.scrollHeight');
    const tall = Math.min(height, full === true ? 8000 : full);
    await looker.page.setViewportSize({ ...viewport, height: Math.max(viewport.height, tall) });
    try {
      await looker.page.screenshot({ path: named });
    } finally {
      await looker.page.setViewportSize(viewport);
    }
  } else {
    await looker.page.screenshot({ path: named });
  }
  return named;
}

const visible = (elements) => elements.filter((element) => {
  const { width, height } = element.getBoundingClientRect();
  return element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && (width > 1 || height > 1);
}).length;

async function waitFor(looker, wanted, { hidden, within_ms: ms }) {
  if (typeof wanted === 'string') {
    await looker.page.locator(wanted).first().waitFor({ state: hidden ? 'hidden' : 'visible' });
    return true;
  }
  const end = performance.now() + ms;
  while (!await looker.evaluate(wanted.expression)) {
    if (performance.now() > end) throw new Error(`not true within ${ms} ms: ${wanted.expression}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  return true;
}

export const STEPS = {
  goto: (looker, place) => looker.open(/^[#?]|^$/.test(place)
    ? looker.home + place : pathToFileURL(resolve(place)).href),
  back: async (looker) => { await looker.page.goBack(); return looker.page.url(); },
  click: (looker, selector, step) => acted(looker, step, () => {
    const place = looker.page.locator(selector);
    return looker.touch ? place.tap() : place.click();
  }),
  fill: (looker, [selector, text], step) => acted(looker, step, () => looker.page.locator(selector).fill(text)),
  type,
  press: (looker, key, step) => acted(looker, step, () => looker.page.keyboard.press(key)),
  focus: async (looker, selector) => { await looker.page.locator(selector).focus(); return true; },
  check: (looker, selector, step) => acted(looker, step, () => looker.page.locator(selector).check()),
  uncheck: (looker, selector, step) => acted(looker, step, () => looker.page.locator(selector).uncheck()),
  select: (looker, [selector, value], step) => acted(looker, step,
    () => looker.page.locator(selector).selectOption(value)),
  count: (looker, selector) => looker.page.locator(selector).count(),
  visible_count: (looker, selector) => looker.page.locator(selector).evaluateAll(visible),
  text: async (looker, selector) => (await some(looker, selector)).first().textContent(),
  texts: (looker, selector) => looker.page.locator(selector).allTextContents(),
  seen_text: async (looker, selector) => (await some(looker, selector)).first().innerText(),
  attribute: async (looker, [selector, name]) => (await some(looker, selector)).first().getAttribute(name),
  evaluate: (looker, expression) => looker.evaluate(expression),
  wait_for: waitFor,
  screenshot,
  axe,
  overflow: (looker) => looker.inside(`look.overflow(${looker.viewport.width})`),
  tab_through: tabThrough,
};
