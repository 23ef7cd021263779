/** Forms for those who are not signed in: they stand for themselves, and no session says what will be asked. */
import type { VNode } from 'preact';
import type { FactorKinds } from '../../factors/overview.ts';
import type { Gate } from '../../gate/gate.ts';
import { type Fields, readForm } from '../../http/form-body.ts';
import type { Reply, Route } from '../../http/route.ts';
import { type Failure, isFailure } from '../../kernel/failure.ts';
import type { Action } from '../../policy/policy.ts';
import { readNext } from '../next-path.ts';
import {
  contextOf,
  definedOnly,
  htmlOf,
  type SiteAsked,
  type SiteSettings,
  visited,
  withoutSecrets,
} from '../page.tsx';
import type { PageContext } from '../parts/context.ts';

/** What the page of such a form shows. */
export interface EntranceView {
  readonly context: PageContext;
  readonly values: Fields;
  readonly failure: Failure | undefined;
  /** Which kinds of factor the account has whose sign-in is halfway. */
  readonly kinds: FactorKinds;
}

/** A page with such a form, and what it does. `act` fails with what the page is to say. */
export function entrance(
  settings: SiteSettings,
  shape: {
    readonly path: string;
    readonly actions: readonly [Action, ...Action[]];
    /** Where to go instead of showing the page. */
    readonly passBy?: (asked: SiteAsked, gate: Gate) => Reply | undefined | Promise<Reply | undefined>;
    readonly kindsOf?: (asked: SiteAsked) => Promise<FactorKinds>;
    readonly show: (view: EntranceView) => VNode;
    readonly act: (gate: Gate, asked: SiteAsked, fields: Fields) => Promise<Reply>;
  },
): readonly [Route, Route] {
  const common = {
    surface: 'site',
    path: shape.path,
    ignoresCredential: false,
    bodyLimit: 64 * 1024,
  } as const;
  const present = async (asked: SiteAsked, values: Fields, failure?: Failure): Promise<Reply> => {
    const kinds = (await shape.kindsOf?.(asked)) ?? { app: true, keys: false };
    const context = { ...contextOf(settings, asked.actor, asked.visit), next: readNext(values.next, '') };
    return htmlOf(shape.show({ context, values, failure, kinds }), failure);
  };
  return [
    {
      ...common,
      method: 'GET',
      actions: ['site.read'],
      handle: async (gate, plain) => {
        const asked = visited(plain);
        return (await shape.passBy?.(asked, gate)) ?? present(asked, definedOnly(asked.query));
      },
    },
    {
      ...common,
      method: 'POST',
      actions: shape.actions,
      handle: async (gate, plain, { request }) => {
        const asked = visited(plain);
        const fields = await readForm(request);
        asked.visit.checkForm(fields);
        try {
          return await shape.act(gate, asked, fields);
        } catch (failure) {
          if (!isFailure(failure) || failure.code === 'session_ended') throw failure;
          return present(asked, withoutSecrets(fields), failure);
        }
      },
    },
  ];
}
