// What many gallery pages are made of: rows whose bar tells their number by its colour.
const barColor = i => `rgb(${(i * 7) % 256}, ${(i * 40) % 256}, 128)`;

function makeRow(i, inner = '') {
  const row = document.createElement('div');
  row.className = 'row';
  row.dataset.row = i;
  row.innerHTML = `<i class="bar" style="background:${barColor(i)}"></i><b>Row ${i}</b>
    <p>The quick brown fox jumps over the lazy dog, and number ${i} watches.</p>${inner}`;
  return row;
}

function addRows(parent, count, { first = 0, inner = () => '' } = {}) {
  for (let i = first; i < first + count; i++) parent.append(makeRow(i, inner(i)));
}
