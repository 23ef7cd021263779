/** How often packages were downloaded (protocol/packages.md §10). */
import type { Gate } from '../gate/gate.ts';
import type { Asked, Reply, Route } from '../http/route.ts';
import type { Log } from '../kernel/ports.ts';
import {
  asPoint,
  asRange,
  type Counts,
  countAll,
  countOne,
  countSeveral,
} from '../packages/download-counts.ts';
import type { DownloadCounter } from '../packages/downloads.ts';
import type { PackageParts } from './package-parts.ts';

export interface DownloadParts extends Pick<PackageParts, 'downloads' | 'anonymousRead'> {
  readonly log: Log;
}

/** Writes down what is counted, so that it is told; where that fails the older counts are. */
async function catchUp(downloads: DownloadCounter, log: Log): Promise<void> {
  try {
    await downloads.flush();
  } catch (thrown) {
    log.warn({ because: String(thrown) }, 'download counts are told without those of the last seconds');
  }
}

type Show = (counts: Counts) => object;

const ask = (
  gate: Gate,
  asked: Asked,
  wish: { period: string; name: string; anonymousRead: boolean },
  show: Show,
): Promise<object> => {
  const { actor } = asked;
  const { period, name, anonymousRead } = wish;
  if (name === '')
    return gate.look(actor, 'site.downloads', { on: 'site' }, async (tx) => show(await countAll(tx, period)));
  if (!name.includes(','))
    return gate.look(actor, 'package.read', { on: 'package', name }, async (tx) =>
      show(await countOne(tx, period, name)),
    );
  const names = [...new Set(name.split(',').filter((one) => one !== ''))];
  return gate.look(actor, 'site.downloads', { on: 'site' }, async (tx) => {
    const counted = await countSeveral(tx, { period, names }, actor, anonymousRead);
    return Object.fromEntries([...counted].map(([one, counts]) => [one, counts && show(counts)]));
  });
};

function countRoute({ downloads, anonymousRead, log }: DownloadParts, path: string, show: Show): Route {
  return {
    method: 'GET',
    path,
    actions: path.includes(':package') ? ['package.read', 'site.downloads'] : ['site.downloads'],
    ignoresCredential: false,
    bodyLimit: 0,
    handle: async (gate, asked): Promise<Reply> => {
      const { period = '', package: bare = '', scope } = asked.params;
      const name = scope === undefined ? bare : `${scope}/${bare}`;
      await catchUp(downloads, log);
      const body = await ask(gate, asked, { period, name, anonymousRead }, show);
      return { headers: { 'cache-control': 'private, no-cache' }, body };
    },
  };
}

/** `GET /downloads/point|range/PERIOD[/P[,P…]]`. */
export function downloadRoutes(parts: DownloadParts): Route[] {
  return [['point', asPoint] as const, ['range', asRange] as const].flatMap(([kind, show]) =>
    ['', '/:package', '/:scope/:package'].map((rest) =>
      countRoute(parts, `/downloads/${kind}/:period${rest}`, show),
    ),
  );
}
