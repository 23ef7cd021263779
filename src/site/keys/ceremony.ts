/** Where the script of a page asks what its browser is to ask a key for; the only answer of the website that is JSON. */
import { z } from 'zod';
import { readJson, smallBody } from '../../http/body.ts';
import type { Route } from '../../http/route.ts';
import { validated } from '../../http/validated.ts';
import { fail } from '../../kernel/failure.ts';
import { type Action, actions } from '../../policy/policy.ts';
import { type SiteSettings, visited } from '../page.tsx';

export const ceremonyPath = '/auth/ceremony';

const wish = z.discriminatedUnion('purpose', [
  z.strictObject({
    form: z.string(),
    purpose: z.enum(['register', 'second-factor', 'sign-in']),
  }),
  z.strictObject({
    form: z.string(),
    purpose: z.literal('step-up'),
    operation: z.enum(actions as [Action, ...Action[]]),
  }),
]);

export const ceremonyRoute = ({ keys }: SiteSettings): Route => ({
  surface: 'site',
  method: 'POST',
  path: ceremonyPath,
  actions: ['factor.beginCeremony'],
  ignoresCredential: false,
  bodyLimit: smallBody.bytes,
  handle: async (gate, plain, { request }) => {
    const asked = visited(plain);
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) fail('media_type_unsupported');
    const { form, ...wanted } = validated(wish, await readJson(request, smallBody));
    asked.visit.checkForm({ form });
    const desk = keys ?? fail('not_offered', { reason: 'Security keys need https and a host name.' });
    const options = await gate.perform(asked.actor, {
      action: 'factor.beginCeremony',
      target: { on: 'site' },
      prepare: async () => undefined,
      work: (tx) => desk.begin(tx, asked, wanted),
    });
    return { headers: { 'cache-control': 'no-store' }, body: options };
  },
});
