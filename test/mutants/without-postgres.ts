import type { TestProject } from 'vitest/node';

/** Mutants are judged on SQLite alone: the code under test is the same on both databases. */
export default function setup(project: TestProject): void {
  project.provide('postgresPort', 0);
}
