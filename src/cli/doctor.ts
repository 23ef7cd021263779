/** `tallystick doctor`: is all well around this registry, and if not, what to do. */
import { createLog } from '../adapters/log.ts';
import type { Config } from '../config.ts';
import { isFailure } from '../kernel/failure.ts';
import { verifyAudit } from '../ledger/audit.ts';
import { listPublicKeys } from '../packages/signing.ts';
import { readDatabaseTime } from '../store/database-time.ts';
import {
  checkFolder,
  checkMail,
  checkNewBrowsers,
  checkNode,
  checkProxies,
  checkPublicUrl,
  type Finding,
} from './check-surroundings.ts';
import type { Invocation } from './command.ts';
import { type OpenedStore, openStore, placeOf } from './opening.ts';
import { asTable, loadSettings, show } from './output.ts';
import { CommandProblem, exitCodes } from './problem.ts';

/** As a server that is further off from its database is not ready (RN1), in milliseconds. */
const tolerated = 5000;

/** How far the database's clock is ahead of this machine's, in milliseconds. */
export function judgeClock(offset: number): Finding {
  const seconds = Math.abs(offset / 1000).toFixed(1);
  if (Math.abs(offset) <= tolerated)
    return { check: 'clock', state: 'ok', found: `It is ${seconds} s from the database's.` };
  return {
    check: 'clock',
    state: 'problem',
    found: `This machine's clock is ${seconds} s ${offset > 0 ? 'behind' : 'ahead of'} the database's.`,
    todo: 'Let both machines follow one time server; a server so far off is not ready.',
  };
}

async function checkAudit({ store }: OpenedStore): Promise<Finding> {
  const check = 'security log';
  const { verified, broken } = await verifyAudit(store);
  if (broken === undefined) return { check, state: 'ok', found: `Its ${verified} rows are whole.` };
  return {
    check,
    state: 'problem',
    found: `It was altered at row ${broken.sequence}: ${broken.because}.`,
    todo: 'Compare it with a backup and with the heads that were logged: tallystick audit verify --head.',
  };
}

/** The database, its clock and its log; and the key that it signs with, by which the public URL is known. */
async function checkDatabase(config: Config): Promise<{ findings: Finding[]; signingKey?: string }> {
  const check = 'database';
  let opened: OpenedStore | undefined;
  try {
    opened = await openStore(config, createLog({ form: 'json', level: 'silent', to: 2 }));
    const { store, ports } = opened;
    await store.read(readDatabaseTime);
    const keys = await store.read(listPublicKeys);
    const place = config.databaseUrl === undefined ? 'SQLite' : `PostgreSQL ${placeOf(config.databaseUrl)}`;
    const findings: Finding[] = [
      { check, state: 'ok', found: `${place} answers.` },
      { check: 'keyring', state: 'ok', found: 'It opens what the database holds.' },
      judgeClock(ports.clock.offset()),
      await checkAudit(opened),
    ];
    const signingKey = keys.find(({ expiresAt }) => expiresAt === null)?.id;
    return signingKey === undefined ? { findings } : { findings, signingKey };
  } catch (thrown) {
    const isKeyring = isFailure(thrown, 'keyring_wrong');
    if (!isKeyring && !(thrown instanceof CommandProblem)) throw thrown;
    const todo = isKeyring
      ? 'Put the right keyring back from its copy: it cannot be made anew.'
      : 'Start the database, or correct databaseUrl or dataDir.';
    return {
      findings: [{ check: isKeyring ? 'keyring' : check, state: 'problem', found: thrown.message, todo }],
    };
  } finally {
    await opened?.store.close();
  }
}

const checkSettings = (warnings: readonly string[]): Finding[] =>
  warnings.length === 0
    ? [{ check: 'settings', state: 'ok', found: 'They fit together.' }]
    : warnings.map((found) => ({
        check: 'settings',
        state: 'warning',
        found,
        todo: 'See tallystick config.',
      }));

/** Exit code 1 when there is a problem; warnings alone leave it 0. */
export async function doctor(invocation: Invocation): Promise<number> {
  const { config, warnings } = await loadSettings(invocation);
  const folder = checkFolder(config);
  const { findings, signingKey } = await checkDatabase(config);
  const mail = await checkMail(config);
  const all = [
    ...checkSettings(warnings),
    checkNode(process.versions.node),
    ...folder,
    ...findings,
    await checkPublicUrl(config.publicUrl, signingKey),
    checkProxies(config),
    mail,
    checkNewBrowsers(config, mail),
  ];
  const problems = all.filter(({ state }) => state === 'problem').length;
  show(invocation, { healthy: problems === 0, findings: all }, () =>
    asTable(all.map(({ check, state, found, todo }) => [state, check, todo ? `${found} ${todo}` : found])),
  );
  return problems === 0 ? exitCodes.done : exitCodes.refused;
}
