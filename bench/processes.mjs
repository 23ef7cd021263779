// Processes that the bench starts: free ports, waiting for the first answer, memory and processor time from /proc.
import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from './load.mjs';

/** A port of 127.0.0.1 that was free a moment ago. */
export function findFreePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const children = new Set();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/**
 * Starts a program and waits until its `/-/ping` answers 200.
 * Returns the child, a promise of its end, and the milliseconds from start to that answer.
 */
export async function startProcess({ command, env, cwd, url, logFile }) {
  const log = openSync(logFile, 'a');
  const began = performance.now();
  const child = spawn(command[0], command.slice(1), { cwd, env, stdio: ['ignore', log, log] });
  children.add(child);
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      children.delete(child);
      resolve(code ?? signal);
    });
  });
  for (let tries = 0; tries < 6000 && child.exitCode === null && child.signalCode === null; tries += 1) {
    const answer = await request(url, { path: '/-/ping', agent: false, timeout: 2000 }).catch(
      () => undefined,
    );
    if (answer?.status === 200) return { child, ended, milliseconds: performance.now() - began };
    await pause(5);
  }
  child.kill('SIGKILL');
  throw new Error(`${command.join(' ')} did not answer; its output is in ${logFile}`);
}

/** SIGTERM, and SIGKILL after 10 s. */
export async function stopProcess({ child, ended }) {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(late);
}

/** Every process by its id; none where there is no /proc, so that what is asked of it becomes NaN. */
function readProcesses() {
  const processes = new Map();
  if (!existsSync('/proc')) return processes;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'utf8');
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      processes.set(Number(entry), {
        parent: Number(fields[1]),
        kilobytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0),
        ticks: Number(fields[11]) + Number(fields[12]),
      });
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return processes;
}

function sumOfTree(processes, pid, field) {
  let sum = processes.get(pid)?.[field] ?? Number.NaN;
  for (const [child, { parent }] of processes) if (parent === pid) sum += sumOfTree(processes, child, field);
  return sum;
}

/** Resident memory of a process and its children, in MB (10⁶ bytes). */
export const readMemory = (pid) => (sumOfTree(readProcesses(), pid, 'kilobytes') * 1024) / 1e6;

const ticksPerSecond = 100;

/** Processor time that a process and its children have used, in seconds, in steps of 10 ms. */
export const readProcessorTime = (pid) => sumOfTree(readProcesses(), pid, 'ticks') / ticksPerSecond;
