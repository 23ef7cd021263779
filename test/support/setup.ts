import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The port of the run's own PostgreSQL on 127.0.0.1, or 0 where there is none. */
    postgresPort: number;
  }
}

/** One PostgreSQL for the whole run; every test file makes databases of its own on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  if (server === undefined) {
    console.log(
      'SKIPPED (no PostgreSQL on this machine): every test on PostgreSQL. Debian: apt-get install postgresql',
    );
  }
  project.provide('postgresPort', server?.port ?? 0);
  return async () => {
    await server?.stop();
  };
}
