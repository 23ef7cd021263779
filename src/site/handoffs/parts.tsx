import { readHandoff, type ShownHandoff } from '../../accounts/handoff-page.ts';
import { owner, type SiteAsked, type SiteSettings } from '../page.tsx';
import { Notice } from '../parts/notices.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';

/** What the pages of the command line's requests need of the application. */
export interface HandoffPagesParts {
  readonly settings: SiteSettings;
  /** How long "this release" lasts, in milliseconds. */
  readonly releaseWindow: number;
  readonly now: () => number;
}

/** Reads the request of a page, for whoever is signed in. */
export const readAsked =
  (kind: ShownHandoff['kind']) =>
  (tx: Parameters<typeof readHandoff>[0], asked: SiteAsked): Promise<ShownHandoff> =>
    readHandoff(
      tx,
      { account: owner(asked), address: asked.actor.address },
      { id: asked.params.id ?? '', kind },
    );

export type AskerFacts = Parameters<typeof DefinitionList>[0]['items'];

/** Who asks, from where, when; `first`: what is asked for. */
export function Asker(props: {
  readonly handoff: ShownHandoff;
  readonly now: number;
  readonly first?: AskerFacts;
}) {
  const { handoff, now, first = [] } = props;
  const { address, userAgent, hostname, createdAt } = handoff;
  return (
    <DefinitionList
      items={[
        ...first,
        { term: 'Program', value: userAgent === '' ? 'unknown' : userAgent },
        { term: 'Address', value: address ?? 'unknown' },
        ...(hostname === null ? [] : [{ term: 'Computer', value: `${hostname} (as it calls itself)` }]),
        { term: 'Asked', value: <Time at={createdAt} now={now} /> },
      ]}
    />
  );
}

/** A warning where the browser is in another network than the program that asks (LK3). */
export const FarApart = () => (
  <Notice kind="danger" title="This request comes from another network than your browser">
    <p>
      Approve it only if you started it yourself, on a computer elsewhere. Nobody from support will ever ask
      you to.
    </p>
  </Notice>
);

/** How a request ended, for a page that was opened late or again. */
export const endings: Readonly<Record<Exclude<ShownHandoff['state'], 'waiting'>, string>> = {
  approved: 'Approved. Go back to the terminal: it goes on by itself.',
  'handed-out': 'Approved, and the terminal has what it asked for. You can close this page.',
  denied: 'Denied. The terminal gets nothing.',
  expired: 'This request is over. Start again in the terminal.',
};
