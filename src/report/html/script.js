'use strict';
(() => {
  const form = document.getElementById('filter');
  const list = document.getElementById('list');
  let files = [];
  // What a link names is folded: unfold it, and whatever it stands in.
  const reveal = () => {
    const id = location.hash.slice(1);
    if (!id) return;
    const holds = (file) => file.details.querySelector('noscript')?.textContent.includes(`<li id="${id}"`);
    if (!document.getElementById(id)) files.filter(holds).forEach(open);
    const at = document.getElementById(id);
    if (!at) return;
    for (let up = at; up; up = up.parentElement) if (up.tagName === 'DETAILS') up.open = true;
    if (at.firstElementChild?.tagName === 'DETAILS') at.firstElementChild.open = true;
    at.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  if (!form || !list) return reveal();

  // Of very many findings, those of a folded file stand in <noscript>, which is text to a browser with scripts: nothing
  // is built of it before the file is unfolded.
  const ITEM = /<li(?: id="[^"]*")? class="f (\w+)( new)?" data-r="(\d+)"><details[^>]*><summary>(.*?)<\/summary>/g;
  const CHARACTERS = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
  const plain = (markup) => markup.replace(/<[^>]*>/g, '').replace(/&([a-z]+|#39);/g, (whole, name) => CHARACTERS[name] ?? whole);
  function open(file) {
    const markup = file.details.querySelector('noscript');
    if (markup) {
      markup.insertAdjacentHTML('afterend', markup.textContent);
      markup.remove();
    }
    file.nodes ??= file.details.querySelectorAll('.f');
    file.nodes.forEach((node, at) => { node.hidden = file.fits !== null && !file.fits[at]; });
  }
  files = Array.from(list.querySelectorAll('.file'), (details) => {
    const path = details.querySelector('.path').textContent;
    const file = { details, wasOpen: details.open, path: path.toLowerCase(), items: null, nodes: null, fits: null };
    details.addEventListener('toggle', () => { if (details.open) open(file); });
    return file;
  });
  // What is known of a file's findings, from their markup or from what was built of it.
  const itemsOf = (file) => {
    if (file.items) return file.items;
    const markup = file.details.querySelector('noscript');
    file.items = markup
      ? Array.from(markup.textContent.matchAll(ITEM), ([, severity, fresh, rule, summary]) => ({ severity, fresh: Boolean(fresh), rule, summary }))
      : Array.from(file.details.querySelectorAll('.f'), (node) => ({
          severity: node.classList[1],
          fresh: node.classList.contains('new'),
          rule: node.dataset.r,
          words: (file.path + ' ' + node.querySelector('summary').textContent).toLowerCase(),
        }));
    return file.items;
  };
  const wordsOf = (file, item) => (item.words ??= (file.path + ' ' + plain(item.summary)).toLowerCase());

  const tools = new Map();
  for (const row of document.querySelectorAll('.rules tr[data-r]')) tools.set(row.dataset.r, row.dataset.t);
  const total = Number(list.dataset.total);
  const output = form.querySelector('output');
  const none = document.getElementById('none');
  const more = document.getElementById('more');
  const severities = Array.from(form.querySelectorAll('[name=severity]'));
  const field = (name) => form.elements[name];

  // So many matches are unfolded at once.
  const UNFOLDED = 200;

  const apply = () => {
    const wanted = field('q').value.toLowerCase().split(/\s+/).filter(Boolean);
    const off = new Set(severities.filter((box) => !box.checked).map((box) => box.value));
    const onlyNew = field('new') && field('new').checked;
    const tool = field('tool') ? field('tool').value : '';
    const rule = field('rule').value;
    const isFiltered = wanted.length > 0 || off.size > 0 || onlyNew || tool || rule;
    let shown = 0;
    for (const file of files) {
      file.fits = isFiltered
        ? itemsOf(file).map(
            (item) =>
              !off.has(item.severity) &&
              !(onlyNew && !item.fresh) &&
              !(rule && item.rule !== rule) &&
              !(tool && tools.get(item.rule) !== tool) &&
              wanted.every((word) => wordsOf(file, item).includes(word)),
          )
        : null;
      file.here = isFiltered ? file.fits.filter(Boolean).length : 1;
      shown += file.here;
      file.details.hidden = file.here === 0;
    }
    if (!isFiltered) shown = total;
    for (const file of files) {
      const unfold = isFiltered ? file.here > 0 && (shown <= UNFOLDED || file.wasOpen) : file.wasOpen;
      if (file.details.open !== unfold) file.details.open = unfold;
      if (unfold) open(file);
    }
    if (more) {
      if (isFiltered) more.open = true;
      more.hidden = isFiltered && !files.some((file) => file.here && more.contains(file.details));
    }
    output.value = isFiltered ? `${shown} of ${total}` : `${total}`;
    none.hidden = shown > 0;
    const query = new URLSearchParams();
    if (wanted.length) query.set('q', field('q').value);
    if (off.size) query.set('without', [...off].join());
    if (onlyNew) query.set('new', '1');
    if (tool) query.set('tool', tool);
    if (rule) query.set('rule', rule);
    // What is filtered can be kept and sent as an address.
    try {
      history.replaceState(null, '', (query.size ? '?' + query : location.pathname) + location.hash);
    } catch {
      // Some places, such as a mail program's preview, have no addresses.
    }
    for (const row of document.querySelectorAll('.rules tr[data-r]')) row.classList.toggle('chosen', row.dataset.r === rule);
  };

  // A rule's row filters by it.
  for (const row of document.querySelectorAll('.rules tr[data-r]')) {
    const count = row.querySelector('.n');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = count.textContent;
    button.title = 'Show only these';
    button.setAttribute('aria-label', `Show only the ${count.textContent} of ${row.cells[0].textContent.trim()}`);
    count.replaceChildren(button);
    button.addEventListener('click', () => {
      field('rule').value = field('rule').value === row.dataset.r ? '' : row.dataset.r;
      apply();
      document.getElementById('list-h').scrollIntoView();
    });
  }

  let waiting = 0;
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 60);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => {
    field('rule').value = '';
    setTimeout(apply);
  });

  const query = new URLSearchParams(location.search);
  field('q').value = query.get('q') || '';
  const without = (query.get('without') || '').split(',');
  for (const box of severities) box.checked = !without.includes(box.value);
  if (field('new')) field('new').checked = query.has('new');
  if (field('tool') && query.has('tool')) field('tool').value = query.get('tool');
  field('rule').value = query.get('rule') || '';
  form.hidden = false;
  if (query.size) apply();
  else output.value = `${total}`;
  reveal();
})();
