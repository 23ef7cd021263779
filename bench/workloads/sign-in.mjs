// Whether the time of a refused sign-in tells a known name from an unknown one (security requirement RL9).
import { medianOf } from '../numbers.mjs';

const accounts = 63;
const triesEach = 8;

/** Ours only. Tries in turn on known and unknown names, below the budget of every account. */
export async function measureSignIn({ createTallystick, report }) {
  // With open registration an unknown name is an offer to make the account, which is public by nature.
  const server = await createTallystick();
  await server.start();
  for (let index = 0; index < accounts; index += 1) await server.signIn(`known-${index}`);
  await server.stop();
  await server.start(['--registration', 'closed']);
  const times = { known: [], unknown: [] };
  const answers = { known: new Set(), unknown: new Set() };
  for (let attempt = 0; attempt < triesEach; attempt += 1)
    for (let index = 0; index < accounts; index += 1)
      for (const kind of (attempt + index) % 2 === 0 ? ['known', 'unknown'] : ['unknown', 'known']) {
        const answer = await server.putUser(`${kind}-${index}`, {
          password: `wrong-${attempt}-${index}-Marble`,
        });
        times[kind].push(answer.milliseconds);
        answers[kind].add(`${answer.status} ${answer.body}`);
      }
  await server.stop();
  server.remove();
  const tries = accounts * triesEach;
  const known = medianOf(times.known);
  const unknown = medianOf(times.unknown);
  report.add({
    workload: `refused sign-in, known name, ${tries} tries`,
    unit: 'ms',
    values: { Tallystick: known },
  });
  report.add({
    workload: `refused sign-in, unknown name, ${tries} tries`,
    unit: 'ms',
    values: { Tallystick: unknown },
  });
  const apart = {
    workload: '  apart',
    unit: 'ms',
    values: { Tallystick: Math.abs(known - unknown) },
    reach: { most: 5 },
  };
  report.add(apart);
  const told = new Set([...answers.known, ...answers.unknown]);
  if (told.size > 1) console.error(`!!! The answers differ: ${[...told].join(' | ')}`);
}
