/** Logging in by a page of the website, and waiting for what was approved there (protocol/auth.md §4.3, §5.1). */
import { z } from 'zod';
import { PollCounter } from '../accounts/handoff-polls.ts';
import { type LoginStartRules, startLogin } from '../accounts/handoffs.ts';
import { pagesOf } from '../gate/offering.ts';
import { type Asked, type Reply, type Route, route, serving } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import type { Clock } from '../kernel/ports.ts';
import { collectHandoff, isAnswered, type Poll } from '../tokens/handoffs.ts';
import type { TokenRules } from '../tokens/life.ts';
import { noStore } from './no-store.ts';

/** What the routes of hand-offs need. */
export interface HandoffParts {
  readonly loginStartRules: LoginStartRules;
  readonly tokenRules: TokenRules;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

/**
 * Berry sends no body. What a client tells of itself is nothing to refuse it for: npm would silently ask for the
 * password instead.
 */
const startBody = z
  .looseObject({ create: z.unknown().optional(), hostname: z.unknown().optional() })
  .optional();
type StartBody = z.infer<typeof startBody>;

const site = () => ({ on: 'site' }) as const;

const startRoute = ({ publicUrl, loginStartRules }: HandoffParts): Route =>
  route({
    action: 'handoff.start',
    method: 'POST',
    path: '/-/v1/login',
    input: startBody,
    ignoresCredential: true,
    target: site,
    run: (tx, permit, { body }: Asked<StartBody>) => {
      const hostname = typeof body?.hostname === 'string' ? body.hostname : undefined;
      return startLogin(tx, permit, { hostname, wantsAccount: body?.create === true }, loginStartRules);
    },
    reply: (started) => {
      const { page: loginUrl, done: doneUrl } = pagesOf(publicUrl, 'login', started);
      const notice = `The page in the browser must show the code ${started.comparison}: approve nothing else.`;
      return { headers: { ...noStore, 'npm-notice': notice }, body: { loginUrl, doneUrl } };
    },
  });

/** Npm asks again at once where no pause is told (S20). */
const waiting: Reply = { status: 202, headers: { ...noStore, 'retry-after': '2' }, body: {} };

const idShape = /^[0-9a-f]{64}$/;

function pollOf({ query, headers }: Asked): Poll {
  const id = query.authId ?? '';
  if (!idShape.test(id)) fail('not_found');
  const [, bearer = null] = /^bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return { id, bearer };
}

function doneRoute({ tokenRules, clock }: HandoffParts): Route {
  const polls = new PollCounter();
  const collecting = serving({
    action: 'handoff.collect',
    path: '/-/v1/done',
    serve: async (gate, asked) => {
      const { actor } = asked;
      const poll = pollOf(asked);
      polls.count(poll.id, clock.now());
      if (!(await gate.look(actor, 'handoff.collect', site(), (tx) => isAnswered(tx, poll, actor))))
        return waiting;
      // Whoever only looks whether there is something must not take it away (LK6).
      if (asked.method !== 'GET') return { headers: noStore, body: {} };
      const token = await gate.perform(actor, {
        action: 'handoff.collect',
        target: site(),
        prepare: async () => undefined,
        work: (tx, permit) => collectHandoff(tx, permit, poll, tokenRules),
      });
      return token === undefined ? waiting : { headers: noStore, body: { token } };
    },
  });
  // A bearer that is dead or another's must keep nobody from logging in (S10); a proof looks at it itself.
  return { ...collecting, ignoresCredential: true };
}

/** `POST /-/v1/login` and `GET /-/v1/done`. */
export const handoffRoutes = (parts: HandoffParts): readonly Route[] => [startRoute(parts), doneRoute(parts)];
