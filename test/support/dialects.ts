import { describe, inject } from 'vitest';
import type { Dialect } from '../../src/store/store.ts';

/** The same tests on each database; those on PostgreSQL are skipped by name where there is none. */
export function eachDialect(name: string, tests: (dialect: Dialect) => void): void {
  for (const dialect of ['sqlite', 'postgres'] as const) {
    const isMissing = dialect === 'postgres' && inject('postgresPort') === 0;
    describe.skipIf(isMissing)(`${name} on ${dialect}`, () => tests(dialect));
  }
}
