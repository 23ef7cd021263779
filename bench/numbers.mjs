// Medians, and how numbers are written.

/** The value below which the fraction `quantile` of the numbers lies, interpolated; NaN of none. */
export function quantileOf(numbers, quantile) {
  if (numbers.length === 0) return Number.NaN;
  const sorted = [...numbers].sort((one, other) => one - other);
  const place = (sorted.length - 1) * quantile;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below + (above - below) * (place - Math.floor(place));
}

export const medianOf = (numbers) => quantileOf(numbers, 0.5);

/** Three significant digits; a dash for what was not measured. */
export function writeNumber(number) {
  if (number === undefined || Number.isNaN(number)) return '–';
  if (Math.abs(number) >= 100) return Math.round(number).toLocaleString('en-US');
  return number.toPrecision(3).replace(/\.0+$/, '');
}

/** A Markdown table with aligned columns. */
export function writeTable(head, rows) {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index].length)));
  const line = (cells) => `| ${cells.map((cell, index) => cell.padEnd(widths[index])).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  );
}
