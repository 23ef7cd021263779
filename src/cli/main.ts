import { readBuild } from '../config/build.ts';
import { ConfigProblem } from '../config.ts';
import { isFailure } from '../kernel/failure.ts';
import { readArguments } from './arguments.ts';
import { CommandProblem, exitCodes } from './problem.ts';

interface Ending {
  readonly sentences: readonly string[];
  readonly exitCode: number;
}

const systemSentences: Record<string, string> = {
  EACCES: 'This user may not do that',
  EPERM: 'This user may not do that',
  EROFS: 'The file system cannot be written to',
  ENOSPC: 'The disk is full',
  ENOTDIR: 'A part of the path is a file, not a folder',
  ECONNREFUSED: 'Nothing answers there',
  ENOTFOUND: 'There is no host of that name',
};

/** What to tell about a thrown value: always sentences, never a stack. */
function endingOf(thrown: unknown): Ending {
  if (thrown instanceof ConfigProblem)
    return { sentences: thrown.problems, exitCode: exitCodes.misunderstood };
  if (thrown instanceof CommandProblem) return { sentences: [thrown.message], exitCode: thrown.exitCode };
  if (isFailure(thrown)) return { sentences: [thrown.message], exitCode: exitCodes.refused };
  const { code, message } = (
    thrown instanceof Error ? thrown : new Error(String(thrown))
  ) as NodeJS.ErrnoException;
  const known = systemSentences[code ?? ''];
  const sentence = known === undefined ? message || String(code) : `${known}: ${message || code}`;
  return { sentences: [sentence], exitCode: exitCodes.refused };
}

/** Runs the command of a command line (without `node` and the script) and resolves to its exit code. */
export async function main(given: readonly string[]): Promise<number> {
  // Everything this process makes is its user's alone.
  process.umask(0o077);
  // Who reads the output may stop reading, as `| head` does: that is no accident.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const asked = readArguments(given);
    if (!('about' in asked)) return await (await asked.command.load())(asked);
    const { helpFor } = await import('./help.ts');
    console.log(asked.about === 'version' ? readBuild().version : helpFor(asked.words));
    return exitCodes.done;
  } catch (thrown) {
    const { sentences, exitCode } = endingOf(thrown);
    if (given.includes('--json')) console.error(JSON.stringify({ error: sentences.join('\n'), exitCode }));
    else for (const sentence of sentences) console.error(`tallystick: ${sentence}`);
    return exitCode;
  }
}
