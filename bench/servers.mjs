// The servers that are compared: how each is started, signed in to and published to.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { request } from './load.mjs';
import { writeDocument } from './packages.mjs';
import { findFreePort, startProcess, stopProcess } from './processes.mjs';
import { writeVerdaccioConfig } from './verdaccio.mjs';

/** Strong enough for a registry that judges passwords. */
export const password = 'quartz-Meadow-37-lumen-Falcon';

/** One server as a process of its own on 127.0.0.1, on a folder that outlives its restarts. */
export class Server {
  #command;
  #prepare;
  #running;
  #tokens = new Map();

  constructor({ name, port, command, prepare = () => {} }) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.folder = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
    this.#command = command;
    this.#prepare = prepare;
    prepare(this.folder);
  }

  get processId() {
    return this.#running.child.pid;
  }

  /** Resolves to the milliseconds until its first answer. `settings` are further flags of its command. */
  async start(settings = []) {
    this.#running = await startProcess({
      command: [...this.#command(this.folder), ...settings],
      env: { PATH: process.env.PATH, HOME: this.folder, NODE_ENV: 'production' },
      cwd: this.folder,
      url: this.url,
      logFile: join(this.folder, 'output.log'),
    });
    return this.#running.milliseconds;
  }

  stop() {
    return stopProcess(this.#running);
  }

  /** SIGKILL. Resolves when the process is gone. */
  kill() {
    this.#running.child.kill('SIGKILL');
    return this.#running.ended;
  }

  /** Forgets all that it stored, as before its first start. */
  empty() {
    this.remove();
    this.#tokens.clear();
    mkdirSync(this.folder);
    this.#prepare(this.folder);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The token of an account, which is made on first use as `npm adduser --auth-type=legacy` does. */
  async signIn(account) {
    const had = this.#tokens.get(account);
    if (had !== undefined) return had;
    const answer = await this.putUser(account, { password, email: `${account}@example.invalid` });
    const { token } = JSON.parse(answer.body);
    if (token === undefined) throw new Error(`${this.name} refused to sign in ${account}: ${answer.body}`);
    this.#tokens.set(account, token);
    return token;
  }

  putUser(name, fields) {
    const body = JSON.stringify({
      _id: `org.couchdb.user:${name}`,
      name,
      type: 'user',
      roles: [],
      ...fields,
    });
    return request(this.url, { method: 'PUT', path: `/-/user/org.couchdb.user:${name}`, body });
  }

  /** Publishes one version as an account; the document is written beforehand where its making must not count. */
  async publish(account, name, version, document = writeDocument(this.url, name, version)) {
    const authorization = `Bearer ${await this.signIn(account)}`;
    const headers = {
      authorization,
      'npm-command': 'publish',
      'user-agent': 'npm/11.0.0 node/v24.0.0 linux x64',
    };
    return request(this.url, { method: 'PUT', path: `/${name}`, headers, body: document });
  }

  /** The same, and anything but 200 or 201 is an error. */
  async mustPublish(account, name, version, document) {
    const answer = await this.publish(account, name, version, document);
    if (answer.status > 201)
      throw new Error(
        `${this.name}: ${name}@${version} answered ${answer.status} ${answer.body.subarray(0, 300)}`,
      );
    return answer;
  }
}

/** Our server, as built, with its default settings and no upstream. */
export async function createTallystick(program) {
  const port = await findFreePort();
  const address = ['--host', '127.0.0.1', '--port', String(port), '--public-url', `http://127.0.0.1:${port}`];
  // The load of a bench comes from one account, which no person's does.
  const free = ['--upstream', 'none', '--write-limit', 'off'];
  const start = [process.execPath, resolve(program), 'start', ...address, ...free];
  const command = (folder) => [...start, '--data-dir', join(folder, 'data')];
  return new Server({ name: 'Tallystick', port, command });
}

export async function createVerdaccio(program) {
  const port = await findFreePort();
  return new Server({
    name: 'Verdaccio',
    port,
    command: (folder) => [
      process.execPath,
      program,
      '-c',
      join(folder, 'config.yaml'),
      '-l',
      `127.0.0.1:${port}`,
    ],
    prepare: (folder) => {
      mkdirSync(join(folder, 'storage'));
      writeFileSync(join(folder, 'config.yaml'), writeVerdaccioConfig(folder));
    },
  });
}

/** The raw server; it sends what `recordAnswers` writes into its folder before it starts. */
export async function createRaw() {
  const port = await findFreePort();
  const program = join(import.meta.dirname, 'raw.mjs');
  const command = (folder) => [process.execPath, program, String(port), folder];
  return new Server({ name: 'node:http', port, command });
}
