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

/** One line from the terminal, which does not show it. The question goes to standard error: output stays clean. */
function readHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (settle: () => void): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const take = (character: string): 'more' | 'done' | 'interrupted' => {
      if (character === '\r' || character === '\n' || character === '\u0004') return 'done';
      if (character === '\u0003') return 'interrupted';
      if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('');
      else if (character === '\u0015') typed = '';
      else if (character >= ' ' && typed.length < longest) typed += character;
      return 'more';
    };
    const onData = (text: string): void => {
      for (const character of text) {
        const state = take(character);
        if (state === 'more') continue;
        end(() =>
          state === 'done' ? resolve(typed) : reject(new CommandProblem('Interrupted.', interrupted)),
        );
        break;
      }
    };
    stdin.on('data', onData);
  });
}

/** A new password: typed twice on a terminal without being shown, or the line on standard input. */
export async function askNewPassword(): Promise<string> {
  if (process.stdin.isTTY !== true) return readInput();
  const password = await readHidden('Password: ');
  if (password === '') misunderstood('The password is empty.');
  if ((await readHidden('The same again: ')) !== password)
    misunderstood('The two passwords differ. Nothing was changed.');
  return password;
}
