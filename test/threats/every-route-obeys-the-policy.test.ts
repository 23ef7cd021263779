/**
 * Every mounted route × everybody × every kind of package × {no code, a wrong one, a right one, a spent one}: what the
 * server answers is what the policy decides for facts that are known here, not read by the server's own code. There is
 * no list of exceptions. Routes, actions and expectations are generated; only what a request sends is written down.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import type { Route } from '../../src/http/route.ts';
import { Failure } from '../../src/kernel/failure.ts';
import { type Decision, decide, type Facts } from '../../src/policy/decide.ts';
import { coversPackage, coversSite } from '../../src/policy/grants.ts';
import { type Action, policy } from '../../src/policy/policy.ts';
import { needOf } from '../../src/policy/traits.ts';
import { registryRendering } from '../../src/registry/failures.ts';
import { openApp, type TestApp } from '../support/app.ts';
import type { Answer } from '../support/doors.ts';
import { keepFoldersInMemory } from '../support/in-memory-folder.ts';
import {
  aFounder,
  aHold,
  type Cast,
  codeNow,
  enlist,
  everybody,
  mintFor,
  type Player,
  restore,
  spendAll,
  wrongCode,
} from './sweep-actors.ts';
import { canName, planRequest } from './sweep-requests.ts';
import { build, nextNumber, type Place, places, savePackage, standingOf } from './sweep-targets.ts';

keepFoldersInMemory();

type Code = 'no code' | 'a wrong code' | 'a right code' | 'a spent code';

interface Case {
  readonly route: Route;
  readonly action: Action;
  readonly player: Player;
  readonly place: Place | undefined;
  readonly code: Code;
}

const nowhere: Pick<Place, 'standing' | 'rule' | 'restricted'> = {
  standing: 'hidden',
  restricted: true,
  rule: { requiresFactor: false, bypassAllowed: true },
};

const isDead = ({ spoilt, frozen }: Player): boolean =>
  frozen || spoilt === 'revoked' || spoilt === 'expired' || spoilt === 'idle';

/** As whom the server takes somebody at this action: sign-in overlooks whatever credential came along. */
function credentialAt({ action, player, route }: Case): Facts['credential'] {
  if (route.ignoresCredential) return action === 'account.login' ? 'password' : 'anonymous';
  return isDead(player) ? 'anonymous' : player.credential;
}

function factsOf(one: Case, action: Action, settings: Pick<Facts, 'registration' | 'anonymousRead'>): Facts {
  const { player, place, route } = one;
  const credential = credentialAt({ ...one, action });
  const known = credential !== 'anonymous';
  const { name = '' } = place ?? {};
  const { standing, rule, restricted } = place ?? nowhere;
  const isOpen = place !== undefined && standing !== 'founder' && !restricted && settings.anonymousRead;
  const grants = known && !route.ignoresCredential ? player.grants : null;
  const need = needOf(action);
  return {
    ...settings,
    invited: false,
    credential,
    account: known ? { mode: player.mode, frozen: player.frozen } : null,
    addressAllowed: route.ignoresCredential || player.spoilt !== 'foreign address',
    tokenSuspended: player.spoilt === 'suspended' && !route.ignoresCredential,
    tokenGuarded: false,
    covered: place
      ? (isOpen && need === 'read') || coversPackage(grants, need, name)
      : coversSite(grants, need),
    passwordProven: true,
    factorProven: false,
    factorFresh: false,
    passwordFresh: false,
    standing: place ? standingOf(place, player, known) : standing,
    packageRule: standing === 'founder' ? nowhere.rule : rule,
    hold: known && player.hold ? { ...aHold, kind: player.hold } : null,
    staff: known && player.staff,
  };
}

/** What a client sees of an answer. */
interface Seen {
  readonly status: number;
  readonly authenticate: string | undefined;
  readonly error: string;
}

function rendered(failure: Failure): Seen {
  const reply = registryRendering.failure(failure, { userAgent: '', code: null, path: '' });
  return {
    status: reply.status ?? 200,
    authenticate: reply.headers?.['www-authenticate'],
    error: failure.message,
  };
}

/** The answer to a decision; undefined where the act is done. */
function answerTo(decision: Decision, { player, code, route }: Case): Seen | undefined {
  if (decision.verdict === 'admit') return undefined;
  if (decision.verdict === 'challenge') {
    // A read never spends a code, so one that asks for it (by password alone) asks whatever came.
    const isMissing = code === 'no code' || route.method === 'GET';
    return rendered(new Failure(isMissing ? 'otp_required' : 'otp_refused', undefined));
  }
  if (isDead(player) && !route.ignoresCredential) {
    const { endedAt, frozen } = player;
    if (frozen) return rendered(new Failure('account_frozen', undefined));
    return endedAt === null
      ? rendered(new Failure('credential_invalid', undefined))
      : rendered(new Failure('credential_expired', { at: new Date(endedAt).toISOString() }));
  }
  const { because, reason = '' } = decision;
  const page = `http://localhost:4873/settings/~/tokens/${player.tokenKey}/resume`;
  return rendered(new Failure(because, { reason, page } as never));
}

function decisionOn(
  one: Case,
  action: Action,
  settings: Pick<Facts, 'registration' | 'anonymousRead'>,
): Decision {
  const facts = factsOf(one, action, settings);
  // Where nobody may sign up, a new name is a sign-in whose password is wrong, so that names stay unknown (RL9).
  if (action === 'account.create' && settings.registration !== 'open')
    return decide('account.login', {
      ...facts,
      credential: 'password',
      account: { mode: 'off', frozen: false },
      passwordProven: false,
    });
  const first = decide(action, facts);
  if (first.verdict !== 'challenge' || one.code !== 'a right code' || one.route.method === 'GET')
    return first;
  return decide(action, { ...facts, factorProven: true });
}

const seen = (answer: Answer): Seen => ({
  status: answer.statusCode,
  authenticate: answer.headers['www-authenticate']?.toString(),
  error: answer.headers['content-type']?.toString().startsWith('application/json')
    ? String((JSON.parse(answer.body || '{}') as { error?: unknown } | null)?.error ?? '')
    : '',
});

/** Whether the act was done, or at least not kept from being done by the gate. */
function isDone({ status, error }: Seen, { route, action, player }: Case): boolean {
  // What everybody may ask, however little there is to it, keeps nothing from anybody.
  if (action === 'site.read' || action === 'handoff.collect') return status < 500;
  if (route.method === 'GET') return status < 400 || (status === 404 && error !== 'Not found');
  // Where the second factor is on already there is no set-up to finish.
  if (action === 'factor.confirm' && player.mode !== 'off') return status === 400;
  return status < 300;
}

interface Sweep {
  readonly world: TestApp;
  readonly players: readonly Player[];
  readonly settings: Pick<Facts, 'registration' | 'anonymousRead'>;
}

async function openSweep(
  parts: readonly Cast[],
  environment: Record<string, string>,
  settings: Sweep['settings'],
): Promise<Sweep> {
  // What a hash costs is another test's matter.
  const { memory } = currentCost;
  currentCost.memory = 64;
  onTestFinished(() => {
    currentCost.memory = memory;
  });
  const world = await openApp('sqlite', { TALLYSTICK_PASSWORD_STRENGTH: '0', ...environment });
  const players: Player[] = [];
  for (const [index, part] of parts.entries()) players.push(await enlist(world, part, `player-${index}`));
  const founder = await enlist(world, aFounder, 'founder');
  const { token } = await mintFor(world, founder.person);
  for (const place of places) await build(world, token, place, players);
  world.clock.advance(2000);
  return { world, players, settings };
}

async function observe({ world }: Sweep, one: Case): Promise<{ answer: Seen; request: string }> {
  const { route, action, player, place, code } = one;
  if (code === 'a spent code') await spendAll(world, player);
  const name = place?.standing === 'founder' ? `${place.name}-${nextNumber()}` : (place?.name ?? 'ours');
  const giveBack = route.method === 'GET' ? undefined : await savePackage(world, name);
  const { path, body } = await planRequest(route, action, { world, player, name });
  const otp = code === 'a wrong code' ? wrongCode(world) : codeNow(world);
  const answer = await world.ask(route.method, path, {
    ...(code === 'no code' ? {} : { otp }),
    ...(body === undefined ? {} : { body }),
    headers: player.headers,
  });
  if (route.method === 'GET') {
    const head = await world.ask('HEAD', path, {
      ...(code === 'no code' ? {} : { otp }),
      headers: player.headers,
    });
    const told = [head.statusCode, head.headers['www-authenticate']];
    expect(told, `HEAD ${path} by ${player.title}`).toEqual([
      answer.statusCode,
      answer.headers['www-authenticate'],
    ]);
    expect(head.body).toBe('');
  }
  if (policy[action].on === 'package' && answer.statusCode < 300) await giveBack?.();
  // What a refusal leaves behind is at most a guess.
  if (route.method !== 'GET' && (answer.statusCode < 300 || code !== 'no code')) await restore(world, player);
  return { answer: seen(answer), request: `${route.method} ${path}` };
}

/** What is wrong with an answer, or undefined where nothing is. */
async function judge(sweep: Sweep, one: Case): Promise<string | undefined> {
  const { route, action, player, place, code } = one;
  const expected = answerTo(decisionOn(one, action, sweep.settings), one);
  const { answer, request } = await observe(sweep, one);
  const told = `${request} as ${action} by ${player.title} on ${place?.title ?? 'the site'} with ${code}`;
  if (expected === undefined)
    return isDone(answer, one) ? undefined : `${told}: should be done, was ${JSON.stringify(answer)}`;
  // What the headers alone refuse is refused before the body tells which of the route's actions it is.
  const others = route.actions.map((other) => answerTo(decisionOn(one, other, sweep.settings), one));
  const accepted = expected.authenticate === 'otp' ? [expected] : [expected, ...others];
  const isRight = accepted.some((wanted) => JSON.stringify(wanted) === JSON.stringify(answer));
  return isRight
    ? undefined
    : `${told}: should be ${JSON.stringify(expected)}, was ${JSON.stringify(answer)}`;
}

/** The codes worth trying: all where the act asks for one, otherwise whether one that came does harm. */
function codesFor(one: Omit<Case, 'code'>, sweep: Sweep): readonly Code[] {
  const first = decisionOn({ ...one, code: 'no code' }, one.action, sweep.settings);
  if (first.verdict === 'challenge') return ['no code', 'a wrong code', 'a right code', 'a spent code'];
  return one.place === undefined || one.place === places[0] ? ['no code', 'a wrong code'] : ['no code'];
}

function* casesOf(sweep: Sweep, player: Player): Generator<Case> {
  // The website knows nobody by tokens: its sweep is test/threats/every-page-obeys-the-policy.test.ts.
  for (const route of sweep.world.app.routes.filter(({ surface }) => surface !== 'site'))
    for (const action of route.actions) {
      const on =
        policy[action].on === 'package' ? places.filter((place) => canName(route, place)) : [undefined];
      for (const place of on) {
        const one = { route, action, player, place };
        for (const code of codesFor(one, sweep)) yield { ...one, code };
      }
    }
}

async function mistakesOf(sweep: Sweep): Promise<{ mistakes: string[]; cases: number }> {
  const mistakes: string[] = [];
  let cases = 0;
  for (const player of sweep.players)
    for (const one of casesOf(sweep, player)) {
      cases += 1;
      const mistake = await judge(sweep, one);
      if (mistake !== undefined) mistakes.push(mistake);
    }
  return { mistakes, cases };
}

describe('every route answers as the policy decides', () => {
  test('where everybody may read and sign up', { timeout: 900_000 }, async () => {
    const sweep = await openSweep(everybody, {}, { registration: 'open', anonymousRead: true });
    const { mistakes, cases } = await mistakesOf(sweep);
    expect(mistakes.slice(0, 20), `${mistakes.length} of ${cases}`).toEqual([]);
    expect(cases).toBeGreaterThan(4000);
  });

  test('where strangers may neither read nor sign up', { timeout: 900_000 }, async () => {
    const closed = { TALLYSTICK_ANONYMOUS_READ: 'false', TALLYSTICK_REGISTRATION: 'closed' };
    const some = everybody.filter(
      ({ credential, mode, spoilt }) => credential === 'anonymous' || spoilt !== null || mode === 'off',
    );
    const sweep = await openSweep(some, closed, { registration: 'closed', anonymousRead: false });
    const { mistakes, cases } = await mistakesOf(sweep);
    expect(mistakes.slice(0, 20), `${mistakes.length} of ${cases}`).toEqual([]);
  });
});
