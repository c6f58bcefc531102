// What looks at a page from inside, in a JavaScript world of its own: the page's scripts cannot see it, the page's
// content security policy does not bind it, and it is there before the page's first script. `report` is the way out.
globalThis.look = (() => {
  const tasks = [];
  let observer;
  try {
    observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
    observer.observe({ type: 'longtask', buffered: true });
  } catch { /* A document without scripts has no tasks of its own. */ }

  addEventListener('securitypolicyviolation', (event) => {
    globalThis.report?.(JSON.stringify({
      directive: event.effectiveDirective,
      blocked: event.blockedURI,
      line: event.lineNumber,
      sample: event.sample,
    }));
  }, true);

  const frame = () => new Promise((done) => requestAnimationFrame(done));
  // What a frame's callbacks changed is on the screen when the next frame begins.
  const paint = async () => { await frame(); await frame(); return performance.now(); };
  const round = (ms) => (Number.isFinite(ms) ? Math.round(ms * 10) / 10 : null);

  let shown;
  let handled;
  const open = new Promise((done) => {
    addEventListener('load', () => { shown = paint().then((at) => { done(at); return at; }); }, { once: true });
  });
  addEventListener('keydown', () => { if (shown) handled ??= performance.now(); }, true);

  let from = 0;
  let first;
  const note = (event) => { first ??= event.timeStamp; };
  for (const kind of ['touchstart', 'pointerdown', 'click', 'keydown', 'input', 'change']) {
    addEventListener(kind, note, { capture: true, passive: true });
  }

  async function longTasks(since) {
    let seen = [];
    // The browser tells of a task a while after its end.
    for (let frames = 0; frames < 20 && seen.length === 0; frames += 1) {
      tasks.push(...(observer?.takeRecords() ?? []));
      seen = tasks.filter((task) => task.startTime + task.duration >= since);
      if (!observer || performance.now() - since < 50) break;
      await frame();
    }
    return {
      longest_task_ms: round(Math.max(0, ...seen.map((task) => task.duration))),
      blocked_ms: round(seen.reduce((sum, task) => sum + task.duration - 50, 0)),
    };
  }

  /** Times since the navigation began; to be asked once a key was pressed after the load event. */
  async function opened() {
    const at = await open;
    while (handled === undefined) await frame();
    const [navigation] = performance.getEntriesByType('navigation');
    return {
      load_ms: round(navigation?.loadEventEnd),
      interactive_ms: round(Math.max(at, handled)),
      ...(await longTasks(0)),
    };
  }

  function arm() { from = performance.now(); first = undefined; }

  /** Time from the first event of an action to the paint after `ready`. */
  async function painted(ready = () => true) {
    while (!ready()) await frame();
    const at = await paint();
    return { painted_ms: first === undefined ? null : round(at - first), ...(await longTasks(from)) };
  }

  function describe(element) {
    const id = element.id ? `#${element.id}` : '';
    const classes = [...element.classList].map((name) => `.${name}`).join('');
    const text = (element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return `${element.localName}${id}${classes}${text && ` “${text}”`}`;
  }

  /** Whether the page is wider than `width`, and the innermost elements that make it so. */
  function overflow(width) {
    const scrollWidth = document.scrollingElement?.scrollWidth ?? 0;
    const answer = { width, scroll_width: scrollWidth, inner_width: innerWidth, elements: [] };
    // A phone zooms out over a page that is too wide: its inner width grows with the page.
    answer.overflows = Math.max(scrollWidth, innerWidth) > width;
    if (!answer.overflows) return answer;
    const limit = width - scrollX + 0.5;
    const sticksOut = (element) => element.getBoundingClientRect().right > limit;
    const kept = (element) => {
      for (let above = element.parentElement; above && above !== document.body; above = above.parentElement) {
        if (getComputedStyle(above).overflowX !== 'visible' && !sticksOut(above)) return true;
      }
      return false;
    };
    for (const element of document.body?.querySelectorAll('*') ?? []) {
      if (answer.elements.length === 10) break;
      if (!sticksOut(element) || [...element.children].some(sticksOut) || kept(element)) continue;
      const box = element.getBoundingClientRect();
      answer.elements.push({ element: describe(element), left: round(box.left), right: round(box.right) });
    }
    return answer;
  }

  function looks(element) {
    const clear = /^rgba\(.*,\s*0\)$|\/\s*0%?\)$/;
    const line = (style, side) => {
      const [kind, width, color] = ['style', 'width', 'color'].map((part) => style[`${side}-${part}`]);
      return kind === 'none' || parseFloat(width) === 0 || clear.test(color) ? '' : `${kind} ${width} ${color}`;
    };
    const sides = ['outline', 'border-top', 'border-right', 'border-bottom', 'border-left'];
    return JSON.stringify([undefined, '::before', '::after'].map((part) => {
      const style = getComputedStyle(element, part);
      return [...sides.map((side) => line(style, side)), style.boxShadow, style.backgroundColor, style.textDecoration];
    }));
  }

  function settle() {
    for (const animation of document.getAnimations()) if (animation instanceof CSSTransition) animation.finish();
  }

  let focus;
  /** The element that has the focus, to be asked about again by `left` when it has lost it. */
  function focused() {
    const element = document.activeElement ?? document.body;
    settle();
    // Focus may be drawn at the label, at what is styled beside the element, or at what has :focus-within.
    const places = [element, element.labels?.[0], element.nextElementSibling, element.parentElement].filter(Boolean);
    focus = { element, places: places.map((place) => [place, looks(place)]) };
    const box = element.getBoundingClientRect();
    return {
      element: describe(element),
      tag: element.localName,
      on_screen: box.width > 0 && box.height > 0
        && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    };
  }

  /** Whether the element that had the focus looks different without it. */
  function left() {
    const now = document.activeElement;
    settle();
    return focus.element !== now
      && focus.places.some(([place, before]) => !place.contains(now) && looks(place) !== before);
  }

  return { opened, arm, painted, overflow, focused, left };
})();
