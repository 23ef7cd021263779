/** `npm audit` in its three generations (protocol/packages.md §8). */
import { z } from 'zod';
import type { JsonLimits } from '../http/body.ts';
import { question, type Route } from '../http/route.ts';
import { reportOnTree, reportOnVersions } from '../packages/audit-report.ts';

/** Bytes are what remains after inflating: a small body that unpacks to more is refused while it does. */
const limits: JsonLimits = { bytes: 5 * 1024 * 1024, depth: 64, keys: 1_000_000 };
const mostNames = 100_000;

const versionsByName = z
  .record(z.string(), z.array(z.string()))
  .refine(
    (names) => Object.keys(names).length <= mostNames,
    `at most ${mostNames} packages are asked about at once`,
  );
const tree = z.looseObject({});

const headers = { 'cache-control': 'no-store' };
const shape = { action: 'site.audit', limits, target: () => ({ on: 'site' as const }) } as const;

/** The body of the older questions is a lockfile's tree. */
const treeRoute = (path: string): Route =>
  question({
    ...shape,
    path,
    input: tree,
    answer: async (_tx, { body }) => ({ headers, body: reportOnTree(body) }),
  });

/** `POST …/advisories/bulk`, `POST …/audits/quick`, `POST …/audits`. */
export const auditRoutes: readonly Route[] = [
  question({
    ...shape,
    path: '/-/npm/v1/security/advisories/bulk',
    input: versionsByName,
    answer: async () => ({ headers, body: reportOnVersions() }),
  }),
  treeRoute('/-/npm/v1/security/audits/quick'),
  treeRoute('/-/npm/v1/security/audits'),
];
