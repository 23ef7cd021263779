/** How a command ends: 0 done, 1 refused or found wrong, 2 not understood (flags, settings). */
export const exitCodes = { done: 0, refused: 1, misunderstood: 2 } as const;

/** A command that cannot go on, with one sentence for whoever typed it. */
export class CommandProblem extends Error {
  readonly exitCode: number;

  constructor(sentence: string, exitCode: number = exitCodes.refused) {
    super(sentence);
    this.name = 'CommandProblem';
    this.exitCode = exitCode;
  }
}

/** Refuses a command line that cannot be understood. */
export function misunderstood(sentence: string): never {
  throw new CommandProblem(sentence, exitCodes.misunderstood);
}
