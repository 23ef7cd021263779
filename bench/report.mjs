// What a run has measured: rows that are printed as they come, and a table and a file at the end.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { writeNumber, writeTable } from './numbers.mjs';

const us = 'Tallystick';
const raw = 'node:http';
const peer = 'Verdaccio';

/** How many times better ours is; undefined when one of the two was not measured. */
function ratioTo(row, other) {
  const mine = row.values[us];
  const theirs = row.values[other];
  if (!(mine > 0) || !(theirs > 0)) return undefined;
  return row.unit.startsWith('/s') ? mine / theirs : theirs / mine;
}

function judge(row) {
  const { reach = {} } = row;
  const parts = [];
  const hold = (label, value, wanted, isMet) => {
    if (wanted === undefined) return;
    parts.push(
      value === undefined ? `${label} not measured` : `${label}: ${isMet(value) ? 'reached' : 'SHORT'}`,
    );
  };
  hold(`≥ ${reach.ofRaw} of raw`, ratioTo(row, raw), reach.ofRaw, (value) => value >= reach.ofRaw);
  hold(`≥ ${reach.ofPeer}×`, ratioTo(row, peer), reach.ofPeer, (value) => value >= reach.ofPeer);
  hold(`≤ ${reach.most} ${row.unit}`, row.values[us], reach.most, (value) => value <= reach.most);
  hold(`≥ ${reach.least} ${row.unit}`, row.values[us], reach.least, (value) => value >= reach.least);
  return parts.join(', ');
}

const writeRatio = (value) => (value === undefined ? '–' : `${writeNumber(value)}×`);

const cellsOf = (row) => [
  row.workload,
  row.unit,
  ...[us, raw, peer].map((name) =>
    row.failures?.[name] === undefined ? writeNumber(row.values[name]) : 'failed',
  ),
  writeRatio(ratioTo(row, raw)),
  writeRatio(ratioTo(row, peer)),
  judge(row),
];

const head = ['Workload', 'Unit', us, `raw ${raw}`, peer, 'of raw', 'of Verdaccio', 'To reach'];

/** The machine and the moment, as a reader needs them to judge the numbers. */
export const describeMachine = () => ({
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  kernel: readFileSync('/proc/version', 'utf8').split(' ')[2],
  load: loadavg().map((load) => Number(load.toFixed(2))),
  at: new Date().toISOString(),
});

export class Report {
  #rows = [];

  /**
   * Adds one line. `unit` begins with `/s` where more is better. `values` by server; `reach` may hold `ofRaw` and
   * `ofPeer` (ratios), `most` and `least` (values of ours); `failures` by server.
   */
  add(row) {
    this.#rows.push(row);
    const numbers = Object.entries(row.values).map(([name, value]) => `${name} ${writeNumber(value)}`);
    const broken = Object.entries(row.failures ?? {}).map(([name, why]) => `${name} FAILED: ${why}`);
    console.log(`  ${row.workload} [${row.unit}]  ${[...numbers, ...broken].join('  ')}  ${judge(row)}`);
  }

  /** Adds a line from what `compare` returned, by the name of one of its numbers. */
  addCompared({ workload, unit, key, reach }, results) {
    const values = {};
    const failures = {};
    for (const [name, numbers] of Object.entries(results)) {
      values[name] = numbers[key];
      if (numbers.failed !== undefined) failures[name] = numbers.failed;
    }
    this.add({ workload, unit, values, failures, reach });
  }

  write() {
    return writeTable(head, this.#rows.map(cellsOf));
  }

  save(folder, machine) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${machine.at.replaceAll(':', '-')}.json`);
    writeFileSync(file, `${JSON.stringify({ machine, rows: this.#rows }, null, 1)}\n`);
    return file;
  }
}
