import { beforeEach } from 'vitest';

// Mutants are judged on SQLite alone: nearly all of what they break is the same on both databases.
beforeEach(({ task, skip }) => {
  skip(/\bpostgres\b/.test(task.fullName), 'mutants are judged on SQLite alone');
});
