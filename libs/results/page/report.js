// Runs in the reader's browser: theme, sorting, filtering, comparing two records. The page reads without it.
const records = JSON.parse(document.getElementById('records-data').textContent);

const theme = document.getElementById('theme');
theme.addEventListener('click', () => {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const shown = document.documentElement.dataset.theme ?? (dark ? 'dark' : 'light');
  document.documentElement.dataset.theme = shown === 'dark' ? 'light' : 'dark';
});

for (const header of document.querySelectorAll('th')) {
  const button = header.querySelector('button');
  button?.addEventListener('click', () => {
    sortBy(header);
  });
}

function sortBy(header) {
  const table = header.closest('table');
  const descending = header.getAttribute('aria-sort') === 'ascending';
  for (const other of table.querySelectorAll('th')) other.removeAttribute('aria-sort');
  header.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
  const rows = [...table.tBodies[0].rows];
  const text = (row) => row.cells[header.cellIndex].textContent.trim();
  const order = (a, b) => {
    const [x, y] = [parseFloat(text(a)), parseFloat(text(b))];
    return Number.isNaN(x) || Number.isNaN(y) ? text(a).localeCompare(text(b)) : x - y;
  };
  rows.sort((a, b) => (descending ? order(b, a) : order(a, b)));
  table.tBodies[0].append(...rows);
}

const filter = document.getElementById('filter');
const shownCount = document.getElementById('shown-count');
filter.addEventListener('input', () => {
  const words = filter.value.toLowerCase().split(/\s+/);
  const rows = [...document.querySelectorAll('#records-table tbody tr')];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  shownCount.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} records`;
});

const [left, right] = ['compare-a', 'compare-b'].map((id) => document.getElementById(id));
for (const select of [left, right]) select.addEventListener('change', compare);
if (records.length > 1) right.selectedIndex = 1;
compare();

function compare() {
  const [a, b] = [records[left.selectedIndex], records[right.selectedIndex]];
  const body = document.querySelector('#comparison tbody');
  body.replaceChildren();
  if (!a || !b) return;
  for (const name of new Set([...Object.keys(a.values), ...Object.keys(b.values)])) {
    const [x, y] = [a.values[name] ?? '–', b.values[name] ?? '–'];
    if (x === y && !name.startsWith('metric ')) continue;
    const row = body.insertRow();
    for (const text of [name, x, y]) row.insertCell().textContent = String(text);
  }
}
