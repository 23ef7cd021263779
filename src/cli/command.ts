/** What commands are made of; the table of them is `commands.ts`. */

export interface CommandFlag {
  readonly flag: string;
  /** The word that stands for the value in the help; undefined where the flag stands alone. */
  readonly value?: string;
  readonly meaning: string;
}

export interface Command {
  /** `['admin', 'user', 'create']`. */
  readonly words: readonly string[];
  /** What comes after the words, each needed: `['NAME']`. */
  readonly operands: readonly string[];
  readonly summary: string;
  readonly flags: readonly CommandFlag[];
  /** Loads what the command needs only when it runs: `start` answers sooner for it. */
  readonly load: () => Promise<Run>;
}

/** A command line, understood. */
export interface Invocation {
  readonly command: Command;
  /** As many as the command names. */
  readonly operands: readonly string[];
  /** The command's own flags; those that stand alone are `true` or `false`. */
  readonly flags: ReadonlyMap<string, string>;
  /** Flags that are settings, for `loadConfig`. */
  readonly settings: ReadonlyMap<string, string>;
  readonly configFile: string | undefined;
  readonly json: boolean;
}

/** Does a command and resolves to its exit code. */
export type Run = (invocation: Invocation) => Promise<number>;
