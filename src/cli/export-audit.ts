/** `tallystick audit export`: the whole security log, oldest first. */
import { type ExportedRow, exportAudit } from '../ledger/audit.ts';
import type { Invocation } from './command.ts';
import { onConsole } from './console.ts';
import { print } from './output.ts';
import { misunderstood } from './problem.ts';

/** The entry stands in the line exactly as its hash covers it. */
const asJson = ({ sequence, hash, entry }: ExportedRow): string =>
  `{"sequence":${sequence},"hash":"${hash}","entry":${entry}}`;

function asLine({ sequence, entry }: ExportedRow): string {
  const told = JSON.parse(entry) as Record<string, string | number | null>;
  const count = told.count === 1 ? '' : ` (${told.count} times)`;
  const parts = [
    sequence,
    new Date(Number(told.at)).toISOString(),
    told.outcome,
    told.action,
    `by ${told.actor ?? told.actorKind}`,
    ...(told.address === null ? [] : [`from ${told.address}`]),
    ...(told.target === null ? [] : [`on ${told.target}`]),
    ...(told.reason === null ? [] : [`because ${told.reason}`]),
  ];
  return `${parts.join(' ')}${count}`;
}

/** `audit export [--after SEQUENCE] [--json]`: one line for each row; with `--json` each line is JSON. */
export function exportRows(invocation: Invocation): Promise<number> {
  const after = invocation.flags.get('--after') ?? '0';
  if (!/^\d{1,15}$/.test(after)) misunderstood('--after is a sequence number, such as 1284.');
  return onConsole(invocation, async ({ store }) => {
    for await (const row of exportAudit(store, Number(after)))
      print(invocation.json ? asJson(row) : asLine(row));
    return 0;
  });
}
