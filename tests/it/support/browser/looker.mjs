// One page in one setting: what Chromium is told of it, what is heard from it, and what it is asked.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { STEPS } from './steps.mjs';

export const installed = createRequire(new URL('../../../../target/tools/node_modules/', import.meta.url));
const INSIDE = readFileSync(new URL('inside.js', import.meta.url), 'utf8');
const WORLD = 'look';
export const NO_ANSWER = 'the page no longer answers';

export const clean = (error) => String(error?.message ?? error)
  .replace(/\u001b\[[0-9;]*m/g, '').slice(0, 2000);

export function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  promise.catch(() => {});
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What the words of a setting mean to Chromium. */
export function readSetting(words) {
  const setting = {
    scheme: 'light', viewport: { width: 1280, height: 800 }, touch: false, scripts: true,
    motion: 'no-preference', forced: 'none', media: 'screen',
  };
  const meanings = {
    light: {},
    dark: { scheme: 'dark' },
    desktop: {},
    phone: { viewport: { width: 390, height: 844 }, touch: true },
    'no-scripts': { scripts: false },
    'reduced-motion': { motion: 'reduce' },
    'forced-colors': { forced: 'active' },
    print: { media: 'print' },
  };
  for (const word of words.split(' ').filter(Boolean)) {
    const size = /^(\d+)x(\d+)$/.exec(word);
    if (!size && !Object.hasOwn(meanings, word)) throw new Error(`no such setting: ${word}`);
    Object.assign(setting, size ? { viewport: { width: Number(size[1]), height: Number(size[2]) } } : meanings[word]);
  }
  return setting;
}

export class Looker {
  constructor(name, setting, home, seen) {
    Object.assign(this, setting, { name, home, seen, places: new Set([home]) });
    this.axe = installed.resolve('axe-core/axe.min.js');
  }

  async start(browser) {
    this.context = await browser.newContext({
      acceptDownloads: false,
      colorScheme: this.scheme,
      deviceScaleFactor: this.touch ? 2 : 1,
      forcedColors: this.forced,
      hasTouch: this.touch,
      isMobile: this.touch,
      javaScriptEnabled: this.scripts,
      locale: 'en-US',
      offline: true,
      reducedMotion: this.motion,
      timezoneId: 'UTC',
      viewport: this.viewport,
    });
    this.context.on('request', (request) => this.requested(request));
    this.page = await this.context.newPage();
    this.listen();
    await this.page.emulateMedia({ media: this.media });
    this.devtools = await this.context.newCDPSession(this.page);
    this.devtools.on('Audits.issueAdded', ({ issue }) => this.issue(issue));
    this.devtools.on('Page.windowOpen', ({ url }) => this.seen.surprises.push(`window: ${url}`));
    this.devtools.on('Page.loadEventFired', () => this.knock());
    this.devtools.on('Runtime.bindingCalled', ({ payload }) => this.violation(JSON.parse(payload)));
    await this.devtools.send('Runtime.enable');
    await this.devtools.send('Audits.enable');
    await this.devtools.send('Runtime.addBinding', { name: 'report', executionContextName: WORLD });
    await this.devtools.send('Page.enable');
    await this.devtools.send('Page.addScriptToEvaluateOnNewDocument', { source: INSIDE, worldName: WORLD });
  }

  listen() {
    const { page, seen } = this;
    page.on('console', (message) => {
      const level = message.type();
      if (!['error', 'warning', 'assert'].includes(level)) return;
      const { url, lineNumber } = message.location();
      seen.console.push({ level, text: message.text(), at: `${url}:${lineNumber}` });
    });
    page.on('pageerror', (error) => seen.page_errors.push(clean(error)));
    page.on('crash', () => seen.page_errors.push('the page crashed'));
    page.on('websocket', (socket) => seen.requests.push({ url: socket.url(), kind: 'websocket' }));
    page.on('dialog', (dialog) => {
      seen.surprises.push(`${dialog.type()}: ${dialog.message()}`);
      dialog.dismiss().catch(() => {});
    });
    page.on('download', (download) => seen.surprises.push(`download: ${download.url()}`));
  }

  requested(request) {
    const url = request.url();
    const own = request.isNavigationRequest() && this.places.has(url.split('#')[0]);
    if (!own && !/^(data|blob):/.test(url)) this.seen.requests.push({ url, kind: request.resourceType() });
  }

  issue({ code, details }) {
    if (code !== 'ContentSecurityPolicyIssue') return;
    const found = details.contentSecurityPolicyIssueDetails;
    const line = found.sourceCodeLocation ? found.sourceCodeLocation.lineNumber + 1 : 0;
    this.violation({ directive: found.violatedDirective, blocked: found.blockedURL ?? 'inline', line });
  }

  // The document's events and the browser's audits tell of the same violations; with scripts off only the audits do.
  violation(found) {
    const same = this.seen.csp.find((one) => one.directive === found.directive && one.blocked === found.blocked);
    if (same) same.line ||= found.line;
    else this.seen.csp.push(found);
  }

  async send(expression, more) {
    const { result, exceptionDetails: failed } = await this.devtools.send('Runtime.evaluate', {
      expression, awaitPromise: true, returnByValue: true, ...more,
    });
    if (failed) throw new Error(failed.exception?.description ?? failed.text);
    return more?.returnByValue === false ? result : result.value;
  }

  /** An expression among the page's own scripts. */
  evaluate(expression) { return this.send(expression); }

  async world() {
    const { frameTree } = await this.devtools.send('Page.getFrameTree');
    const { executionContextId: contextId } = await this.devtools.send('Page.createIsolatedWorld', {
      frameId: frameTree.frame.id, worldName: WORLD,
    });
    if (!await this.send('typeof look === "object"', { contextId })) await this.send(`${INSIDE};0`, { contextId });
    return contextId;
  }

  /** An expression beside the page's scripts, where `inside.js` is. */
  async inside(expression) { return this.send(expression, { contextId: await this.world() }); }

  /** What assistive technology is told of an element. */
  async accessible(expression) {
    const { objectId } = await this.send(expression, { contextId: await this.world(), returnByValue: false });
    return this.devtools.send('Accessibility.getPartialAXTree', { objectId, fetchRelatives: false });
  }

  async open(url) {
    this.places.add(url.split('#')[0]);
    const before = await this.send('performance.timeOrigin');
    await this.page.goto(url, { waitUntil: 'load' });
    if (await this.send('performance.timeOrigin') === before) return {};
    if (!this.scripts) {
      const load = await this.inside('performance.getEntriesByType("navigation")[0].loadEventStart');
      return { load_ms: Math.round(load * 10) / 10, interactive_ms: null };
    }
    return this.inside('look.opened()');
  }

  /** Presses a key that does nothing, to see when the page has time for it. */
  knock() {
    const key = { key: 'Shift', code: 'ShiftLeft', windowsVirtualKeyCode: 16 };
    for (const type of ['keyDown', 'keyUp']) {
      this.devtools.send('Input.dispatchKeyEvent', { type, ...key }).catch(() => {});
    }
  }

  /** Whether the page still runs what it is asked to run. */
  async answers() {
    try {
      return await within(3000, this.send('true'), NO_ANSWER);
    } catch {
      return false;
    }
  }

  async step(step, limit) {
    const verbs = Object.keys(step).filter((key) => Object.hasOwn(STEPS, key));
    if (verbs.length !== 1) throw new Error(`a step has one verb: ${JSON.stringify(step)}`);
    const [verb] = verbs;
    const ms = step.within_ms ?? (verb === 'axe' ? Math.max(limit, 30_000) : limit);
    this.page.setDefaultTimeout(ms);
    // Playwright's own limit comes first: it says what it waited for.
    return within(ms + 250, STEPS[verb](this, step[verb], { ...step, within_ms: ms }), verb);
  }
}
