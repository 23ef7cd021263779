/** Rows of the security log, as their owner and staff see them. */
import type { LogPage } from '../../ledger/log-pages.ts';
import { Badge, Notice } from '../parts/notices.tsx';
import type { Column } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { browserIn } from './clients.ts';
import { sayActor, sayEvent, sayFactor, sayOutcome } from './event-words.ts';

type Row = LogPage['rows'][number];

/** Who reads, and when. */
interface Reader {
  readonly now: number;
  /** How rows of this very session are known. */
  readonly session: string | null;
  /** Whose log it is; null for that of everybody, where each row names who did it. */
  readonly owner: string | null;
}

/** Tells rows apart, those without a number too. */
export const rowKey = (row: Row): string => `${row.sequence} ${row.requestId} ${row.at} ${row.action}`;

function Event({ row, owner }: { row: Row; owner: string | null }) {
  const actor = sayActor(row, owner);
  return (
    <>
      {sayEvent(row)}
      {row.target !== null && row.target !== owner && (
        <>
          : <code>{row.target}</code>
        </>
      )}
      {actor !== null && <span class="muted"> by {actor}</span>}
    </>
  );
}

function Outcome({ row }: { row: Row }) {
  return row.outcome === 'done' ? (
    <span>{sayOutcome(row)}</span>
  ) : (
    <Badge kind="danger">{sayOutcome(row)}</Badge>
  );
}

/** The columns of a list of rows. */
export const logColumns = ({ now, session, owner }: Reader): readonly Column<Row>[] => [
  { label: 'What happened', cell: (row) => <Event row={row} owner={owner} /> },
  { label: 'Outcome', cell: (row) => <Outcome row={row} /> },
  { label: 'When', cell: ({ at }) => <Time at={at} now={now} /> },
  {
    label: 'From',
    cell: ({ address, userAgent, tokenKey, sessionHash }) => (
      <>
        {address === null && userAgent === null && <span class="muted">unknown</span>}
        {address !== null && <code>{address}</code>}
        {userAgent !== null && <> {browserIn(userAgent)}</>}
        {tokenKey !== null && <span class="muted"> with an access token</span>}
        {sessionHash !== null && sessionHash === session && (
          <>
            {' '}
            <Badge kind="safe">this session</Badge>
          </>
        )}
      </>
    ),
  },
  {
    label: 'Second factor',
    cell: (row) => sayFactor(row) ?? <span class="muted">not asked</span>,
  },
  {
    label: 'Entry',
    kind: 'number',
    cell: ({ sequence }) => sequence ?? <span class="muted">new</span>,
  },
];

/** What the chain says of the rows of this page, no more. */
export function ChainState({ rows, owner }: { rows: readonly Row[]; owner: string | null }) {
  const broken = rows.filter(({ standing }) => standing === 'broken');
  const waiting = rows.filter(({ standing }) => standing === 'waits').length;
  if (broken.length > 0)
    return (
      <Notice kind="danger" title="This log was altered">
        <p>
          {broken.length === 1 ? 'Entry' : 'Entries'}{' '}
          {broken.map(({ sequence }) => sequence ?? 'without a number').join(', ')} on this page cannot be
          believed: tell the people who run this registry, who find out more with{' '}
          <code>tallystick audit verify</code>.
        </p>
      </Notice>
    );
  return (
    <p class="muted">
      Each entry is chained to the one before it in the log of the whole registry
      {owner !== null && ', which is why numbers are missing here'}. Those on this page are unaltered
      {waiting > 0 &&
        `; ${waiting} of them will get ${waiting === 1 ? 'its number' : 'their numbers'} in a moment`}
      .
    </p>
  );
}
