import { CommandProblem, misunderstood } from './problem.ts';

const longest = 4096;
const interrupted = 130;

/** All of standard input, without its last line end. */
async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > longest) misunderstood('The password on standard input is too long.');
  }
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (text === '') misunderstood('There is no password on standard input: write it there, e.g. from a file.');
  if (/[\r\n]/.test(text)) misunderstood('The password on standard input has more than one line.');
  return text;
}

interface HiddenTerminal {
  /** The line that is typed after the question, which goes to standard error: output stays clean. */
  ask(question: string): Promise<string>;
  close(): void;
}

/** What a key does to the line so far; undefined ends it. */
function edit(line: string, key: string): string | undefined {
  if (key === '\r' || key === '\n' || key === '\u0004') return undefined;
  if (key === '\u0003') throw new CommandProblem('Interrupted. Nothing was changed.', interrupted);
  if (key === '\u007f' || key === '\b') return [...line].slice(0, -1).join('');
  if (key === '\u0015') return '';
  return key >= ' ' && line.length < longest ? line + key : line;
}

/** The terminal, which shows nothing of what is typed until it is closed, also between two questions. */
function hideTyping(): HiddenTerminal {
  const { stdin, stderr } = process;
  let waiting: string[] = [];
  let wake = (): void => undefined;
  const onData = (text: string): void => {
    waiting.push(...text);
    wake();
  };
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', onData);
  return {
    ask: async (question) => {
      stderr.write(question);
      try {
        for (let line = ''; ; ) {
          for (const [index, key] of waiting.entries()) {
            const edited = edit(line, key);
            if (edited === undefined) {
              waiting = waiting.slice(index + 1);
              return line;
            }
            line = edited;
          }
          waiting = [];
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        stderr.write('\n');
      }
    },
    close: () => {
      stdin.off('data', onData).pause();
      stdin.setRawMode(false);
    },
  };
}

/** A new password: typed twice on a terminal without being shown, or the line on standard input. */
export async function askNewPassword(): Promise<string> {
  if (process.stdin.isTTY !== true) return readInput();
  const terminal = hideTyping();
  try {
    const password = await terminal.ask('Password: ');
    if (password === '') misunderstood('The password is empty. Nothing was changed.');
    const again = await terminal.ask('The same again: ');
    if (again !== password) misunderstood('The two passwords differ. Nothing was changed.');
    return password;
  } finally {
    terminal.close();
  }
}
