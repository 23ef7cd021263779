// Load on a server: single requests, bounded loops of requests, and wrk where the machine has it.
import { spawn, spawnSync } from 'node:child_process';
import http from 'node:http';
import { medianOf, quantileOf } from './numbers.mjs';

const agents = new Map();

/** Connections that stay open, a set for each server. */
function agentOf(url) {
  const agent = agents.get(url) ?? new http.Agent({ keepAlive: true, maxSockets: 64 });
  agents.set(url, agent);
  return agent;
}

/** One request. Resolves to { status, headers, rawHeaders, body, milliseconds }; the body is a Buffer. */
export function request(
  url,
  { method = 'GET', path, headers = {}, body, agent = agentOf(url), timeout = 60_000 },
) {
  const { hostname, port } = new URL(url);
  const content =
    body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const outgoing = http.request({
      hostname,
      port,
      path,
      method,
      agent,
      timeout,
      headers: { ...content, ...headers },
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeout} ms`)));
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const { statusCode: status, headers: answered, rawHeaders } = incoming;
        resolve({
          status,
          headers: answered,
          rawHeaders,
          body: Buffer.concat(chunks),
          milliseconds: performance.now() - began,
        });
      });
    });
    outgoing.end(body);
  });
}

/**
 * Runs `act(index)` at most `count` times and `seconds` seconds, `atOnce` at a time. An act resolves to an answer of
 * `request`. Resolves to { perSecond, seconds, p50, p99, statuses, failures }: times in ms, statuses counted.
 */
export async function repeat({ count, seconds = 60, atOnce = 1 }, act) {
  const times = [];
  const statuses = {};
  const failures = [];
  let next = 0;
  const began = performance.now();
  const work = async () => {
    while (next < count && performance.now() - began < seconds * 1000) {
      const index = next;
      next += 1;
      try {
        const { status, milliseconds } = await act(index);
        times.push(milliseconds);
        statuses[status] = (statuses[status] ?? 0) + 1;
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const took = (performance.now() - began) / 1000;
  return {
    perSecond: times.length / took,
    seconds: took,
    p50: medianOf(times),
    p99: quantileOf(times, 0.99),
    statuses,
    failures,
  };
}

/** Whether load comes from wrk; else from a loop in this process, which is slower and flattens the ratios. */
export const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

const milliseconds = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 };
function readTime(text, pattern) {
  const [, number, unit] = pattern.exec(text) ?? [];
  return number === undefined ? Number.NaN : Number(number) * milliseconds[unit];
}

function runWrk(url, { path, headers, seconds, connections }) {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '--latency'];
  return new Promise((resolve, reject) => {
    const child = spawn('wrk', [...options, ...given, `${url}${path}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', () => {
      const refused = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(text)?.[0];
      const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
      if (refused !== undefined && !/timeout [1-9]/.test(refused))
        return reject(new Error(`${path}: ${refused}`));
      if (Number.isNaN(perSecond)) return reject(new Error(`wrk said:\n${text}`));
      const count = Number(/(\d+) requests in/.exec(text)?.[1]);
      resolve({
        perSecond,
        count,
        p50: readTime(text, /50%\s+([\d.]+)(\w+)/),
        p99: readTime(text, /99%\s+([\d.]+)(\w+)/),
      });
    });
  });
}

/** As many GETs of one path as `connections` connections bring in `seconds` seconds. Fails on a status ≥ 400. */
export async function flood(url, { path, headers = {}, seconds, connections = 16 }) {
  if (hasWrk) return runWrk(url, { path, headers, seconds, connections });
  const ran = await repeat({ count: 1e6, seconds, atOnce: connections }, () =>
    request(url, { path, headers }),
  );
  const bad = Object.keys(ran.statuses).filter((status) => Number(status) >= 400);
  if (bad.length > 0 || ran.failures.length > 0) throw new Error(`${path}: ${bad} ${ran.failures[0] ?? ''}`);
  return { perSecond: ran.perSecond, count: ran.perSecond * ran.seconds, p50: ran.p50, p99: ran.p99 };
}
