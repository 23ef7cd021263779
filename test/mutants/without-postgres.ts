import type { TestProject } from 'vitest/node';

/** Starts no PostgreSQL, so that tests which look for one skip themselves. */
export default function setup(project: TestProject): void {
  project.provide('postgresPort', 0);
}
