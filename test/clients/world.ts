import { randomBytes } from 'node:crypto';
import { type ServerOptions, type ServerProcess, startServer } from '../support/process.ts';
import { type RecordingProxy, startProxy } from '../support/proxy.ts';
import { Authenticator } from '../support/totp.ts';
import { Machine } from './machine.ts';

export interface Wish {
  token?: string | undefined;
  basic?: readonly [name: string, password: string];
  otp?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** The base URL of another server process on the same data. */
  at?: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  bytes: Buffer;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
}

/** The value of a key of a JSON object, or undefined. */
export function pick(json: unknown, key: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, key) : undefined;
}

/** The same, where only a text will do. */
export function pickText(json: unknown, key: string): string {
  const value = pick(json, key);
  if (typeof value !== 'string') throw new Error(`no text "${key}" in ${JSON.stringify(json)}`);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The built server behind a proxy that shows the wire, and the people who use it. */
export class World {
  #server: ServerProcess;
  readonly #options: ServerOptions;
  readonly wire: RecordingProxy;
  /** What must never stand in a log: every password, token, code and secret that the tests came by. */
  readonly secrets = new Set<string>();
  readonly #people: Person[] = [];

  private constructor(server: ServerProcess, wire: RecordingProxy, options: ServerOptions) {
    this.#server = server;
    this.#options = options;
    this.wire = wire;
  }

  static async open(options: ServerOptions = {}): Promise<World> {
    const wire = await startProxy();
    const server = await startServer({ ...options, publicUrl: wire.url });
    wire.aim(server.port);
    return new World(server, wire, options);
  }

  get server(): ServerProcess {
    return this.#server;
  }

  /** Everything that the server and those that it came after printed. */
  get log(): string {
    return this.#past + this.#server.log();
  }
  #past = '';

  /** Starts the server again on what the last process left behind. */
  async revive(): Promise<void> {
    this.#past += this.#server.log();
    this.#server = await this.startAnother();
    this.wire.aim(this.#server.port);
  }

  /** One more process on the same data. */
  startAnother(): Promise<ServerProcess> {
    return startServer({ ...this.#options, dataDir: this.#server.dataDir, publicUrl: this.wire.url });
  }

  get registry(): string {
    return this.wire.url;
  }

  /** One request straight to the server, past the recording; the path is sent as it is. */
  async ask(method: string, path: string, wish: Wish = {}): Promise<Answer> {
    const headers: Record<string, string> = { accept: 'application/json', ...wish.headers };
    if (wish.token !== undefined) headers.authorization = `Bearer ${wish.token}`;
    if (wish.basic) headers.authorization = `Basic ${Buffer.from(wish.basic.join(':')).toString('base64')}`;
    if (wish.otp !== undefined) headers['npm-otp'] = wish.otp;
    const body = wish.body === undefined ? null : JSON.stringify(wish.body);
    if (body !== null) headers['content-type'] ??= 'application/json';
    const answer = await fetch((wish.at ?? this.server.url) + path, { method, headers, body });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const text = bytes.toString();
    return { status: answer.status, headers: answer.headers, bytes, text, json: parse(text) };
  }

  /** The same, where any other status than the expected one ends the test. */
  async must(status: number, method: string, path: string, wish: Wish = {}): Promise<Answer> {
    const answer = await this.ask(method, path, wish);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }

  /** A new account with a token of `npm login`. Names begin with the given word. */
  async person(word = 'alice'): Promise<Person> {
    const name = `${word}${randomBytes(4).toString('hex')}`;
    const password = this.secret(`${randomBytes(9).toString('base64url')} tractor`);
    const email = `${name}@example.test`;
    const { json } = await this.must(201, 'PUT', `/-/user/org.couchdb.user:${name}`, {
      body: { name, password, email, type: 'user', roles: [] },
    });
    const person = new Person(this, { name, password, email, token: this.secret(pickText(json, 'token')) });
    this.#people.push(person);
    return person;
  }

  /** Another computer of nobody in particular. */
  machine(): Machine {
    const machine = new Machine(this.registry);
    this.#machines.push(machine);
    return machine;
  }
  readonly #machines: Machine[] = [];

  secret(text: string): string {
    this.secrets.add(text);
    return text;
  }

  async close(): Promise<void> {
    for (const person of this.#people) person.leave();
    for (const machine of this.#machines) machine.remove();
    await this.wire.close();
    await this.server.remove();
  }
}

interface Identity {
  name: string;
  password: string;
  email: string;
  token: string;
}

/** Somebody with an account, a computer that is logged in, and maybe an authenticator app and recovery codes. */
export class Person {
  readonly world: World;
  readonly name: string;
  readonly email: string;
  #machine: Machine | undefined;
  password: string;
  token: string;
  app: Authenticator | undefined;
  recoveryCodes: string[] = [];

  constructor(world: World, identity: Identity) {
    this.world = world;
    this.name = identity.name;
    this.password = identity.password;
    this.email = identity.email;
    this.token = identity.token;
  }

  /** This person's computer, logged in. */
  get machine(): Machine {
    this.#machine ??= new Machine(this.world.registry, { token: this.token });
    return this.#machine;
  }

  /** Throws the computer away, if there is one. */
  leave(): void {
    this.#machine?.remove();
  }

  /** Turns two-factor authentication on over HTTP; spends the app's oldest code. */
  async protect(mode: 'auth-only' | 'auth-and-writes' = 'auth-and-writes'): Promise<void> {
    const { world, token, password } = this;
    const started = await world.must(200, 'POST', '/-/npm/v1/user', {
      token,
      body: { tfa: { password, mode } },
    });
    this.app = Authenticator.fromUrl(pickText(started.json, 'tfa'));
    world.secret(this.app.secret);
    const finished = await world.must(200, 'POST', '/-/npm/v1/user', {
      token,
      body: { tfa: [await this.code()] },
    });
    this.keepRecoveryCodes(pick(finished.json, 'tfa'));
  }

  keepRecoveryCodes(codes: unknown): void {
    if (!Array.isArray(codes) || codes.length !== 10)
      throw new Error(`no ten codes: ${JSON.stringify(codes)}`);
    this.recoveryCodes = codes.map((code: unknown) => this.world.secret(String(code)));
  }

  /** A code of the authenticator app. */
  async code(): Promise<string> {
    if (this.app === undefined) throw new Error(`${this.name} has no authenticator app`);
    return this.app.next();
  }

  /** A recovery code, crossed off the list: good where a test needs many codes at once. */
  recoveryCode(): string {
    const code = this.recoveryCodes.shift();
    if (code === undefined) throw new Error(`${this.name} has no recovery code left`);
    return code;
  }

  /** One request with this person's token. */
  ask(method: string, path: string, wish: Wish = {}): Promise<Answer> {
    return this.world.ask(method, path, { token: this.token, ...wish });
  }

  must(status: number, method: string, path: string, wish: Wish = {}): Promise<Answer> {
    return this.world.must(status, method, path, { token: this.token, ...wish });
  }

  /** A token made over HTTP with the given fields of npm's body. */
  async makeToken(
    fields: Record<string, unknown> = {},
    otp?: string,
  ): Promise<{ token: string; key: string }> {
    const body = { password: this.password, readonly: false, cidr_whitelist: [], ...fields };
    const answer = await this.ask('POST', '/-/npm/v1/tokens', otp === undefined ? { body } : { body, otp });
    if (answer.status !== 200 && answer.status !== 201)
      throw new Error(`no token: ${answer.status} ${answer.text}`);
    return { token: this.world.secret(pickText(answer.json, 'token')), key: pickText(answer.json, 'key') };
  }

  /** The mode as npm shows it, or `disabled`. */
  async secondFactor(): Promise<string> {
    const { json } = await this.must(200, 'GET', '/-/npm/v1/user');
    const tfa = pick(json, 'tfa');
    return pick(tfa, 'pending') === true || !tfa ? 'disabled' : pickText(tfa, 'mode');
  }
}
