import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';

export interface Place {
  cwd: string;
  env: Record<string, string>;
}

/** A program in a pseudo-terminal, and the person who sits before it. */
export class Terminal {
  readonly #pty: IPty;
  readonly #title: string;
  readonly #ended: Promise<number>;
  #raw = '';
  #seen = 0;
  #wake: () => void = () => undefined;

  constructor(command: string, args: readonly string[], place: Place) {
    this.#title = [command, ...args].map((part) => basename(part)).join(' ');
    this.#pty = spawn(command, [...args], { name: 'dumb', cols: 180, rows: 60, ...place });
    this.#pty.onData((data) => {
      this.#raw += data;
      this.#wake();
    });
    this.#ended = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  /** What was printed, escape sequences and all. */
  get raw(): string {
    return this.#raw;
  }

  /** What a person reads: no escape sequences, plain line ends. */
  get transcript(): string {
    return stripVTControlCharacters(this.#raw).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  }

  /** Waits until the text appears after everything expected before it. Fails with the transcript after 30 s. */
  async expect(text: string): Promise<void> {
    const end = Date.now() + 30_000;
    let over = false;
    void this.#ended.then(() => {
      over = true;
      this.#wake();
    });
    for (;;) {
      const found = this.transcript.indexOf(text, this.#seen);
      if (found >= 0) {
        this.#seen = found + text.length;
        return;
      }
      if (over || Date.now() > end) {
        this.#pty.kill('SIGKILL');
        throw new Error(`"${text}" did not appear in: ${this.#title}\n${this.transcript}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 500).unref();
      });
    }
  }

  /** Types the answer to a prompt that was just expected, and Return. */
  async answer(text: string): Promise<void> {
    // A person is slower than a program that has printed its prompt but does not read yet.
    await new Promise((resolve) => setTimeout(resolve, 60));
    this.#pty.write(`${text}\r`);
  }

  /** Expects each prompt in turn and gives its answer. */
  async converse(...turns: readonly (readonly [prompt: string, answer: string])[]): Promise<void> {
    for (const [prompt, answer] of turns) {
      await this.expect(prompt);
      await this.answer(answer);
    }
  }

  /** The exit status, once the program ends by itself; killed with its transcript as the error after 30 s. */
  async exit(): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#pty.kill('SIGKILL');
        reject(new Error(`${this.#title} did not end:\n${this.transcript}`));
      }, 30_000);
    });
    try {
      return await Promise.race([this.#ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
