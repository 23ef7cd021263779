/**
 * What clients ask about vulnerable packages (protocol/packages.md §8). No advisories are kept here, and nobody else is
 * asked yet: what is answered is valid and names none.
 */
import { asJsonObject, isJsonObject } from './json.ts';

/** Advisories by the name of the package. */
export type BulkReport = Record<string, never[]>;

/** How many packages of each kind a lockfile has. */
interface Counts {
  dependencies: number;
  devDependencies: number;
  optionalDependencies: number;
  totalDependencies: number;
}

/** The older report, of npm 6 and pnpm 10. */
export interface TreeReport {
  actions: never[];
  advisories: Record<string, never>;
  muted: never[];
  metadata: Counts & {
    vulnerabilities: { info: 0; low: 0; moderate: 0; high: 0; critical: 0 };
  };
}

/** Counts the packages of a lockfile's tree, however deep they stand. */
function countTree(tree: unknown): Counts {
  const counts = { dependencies: 0, devDependencies: 0, optionalDependencies: 0, totalDependencies: 0 };
  const open: unknown[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const [name, inner] of Object.entries(asJsonObject(asJsonObject(node).dependencies))) {
      if (!isJsonObject(inner)) continue;
      open.push(inner);
      // What pnpm calls "." is the project itself.
      if (name === '.') continue;
      counts.totalDependencies += 1;
      if (inner.dev === true) counts.devDependencies += 1;
      else if (inner.optional === true) counts.optionalDependencies += 1;
      else counts.dependencies += 1;
    }
  }
  return counts;
}

/** Answers a question about names and their versions. */
export const reportOnVersions = (): BulkReport => ({});

/** Answers a question about the tree of a lockfile. */
export const reportOnTree = (tree: unknown): TreeReport => ({
  actions: [],
  advisories: {},
  muted: [],
  metadata: { vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0 }, ...countTree(tree) },
});
