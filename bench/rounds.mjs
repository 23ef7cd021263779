// Interleaved rounds: every round visits every server once (A B C A B C), so that what else the machine does meets all.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { medianOf } from './numbers.mjs';

function readIdle() {
  const [user, nice, system, idle, wait, ...rest] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const all = [user, nice, system, idle, wait, ...rest].reduce((sum, ticks) => sum + ticks, 0);
  return { idle: idle + wait, all };
}

/** Waits until others leave 85 % of the machine alone for half a second, or for the given seconds at most. */
export async function waitForQuiet(seconds) {
  for (let spent = 0; spent < seconds; spent += 0.5) {
    const before = readIdle();
    await pause(500);
    const after = readIdle();
    if ((after.idle - before.idle) / (after.all - before.all) >= 0.85) return;
  }
}

/**
 * Runs `once(server, round)` for every server in every round. It resolves to numbers by name.
 * Returns, by server, the median of each number, or { failed } with the first error.
 */
export async function compare({ servers, rounds, patience }, once) {
  const taken = new Map(servers.map((server) => [server, []]));
  const failed = new Map();
  for (let round = 0; round < rounds; round += 1)
    for (const server of servers) {
      if (failed.has(server)) continue;
      if (patience > 0) await waitForQuiet(patience);
      try {
        taken.get(server).push(await once(server, round));
      } catch (thrown) {
        failed.set(server, thrown instanceof Error ? thrown.message : String(thrown));
      }
    }
  const results = {};
  for (const server of servers) {
    const numbers = {};
    const all = taken.get(server);
    for (const key of Object.keys(all[0] ?? {})) numbers[key] = medianOf(all.map((one) => one[key]));
    results[server.name] = failed.has(server) ? { failed: failed.get(server) } : numbers;
  }
  return results;
}
