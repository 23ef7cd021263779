import { defineConfig } from 'vitest/config';

/** The tests that judge the mutants of a folder, in this order: the first that fails ends it, so the quick ones stand first. */
const judges: Record<string, readonly string[]> = {
  policy: [
    'test/policy/npm-tables.test.ts',
    'test/policy/refusals.test.ts',
    'test/policy/traits.test.ts',
    'test/policy/laws.test.ts',
    'test/policy/token-laws.test.ts',
  ],
  tokens: [
    'test/tokens/tokens.test.ts',
    'test/tokens/wishes.test.ts',
    'test/tokens/recognise.test.ts',
    'test/tokens/remembering.test.ts',
    'test/tokens/suspension.test.ts',
    'test/tokens/ending.test.ts',
    'test/tokens/collecting.test.ts',
    'test/accounts/handoffs.test.ts',
    'test/tokens/bypass-publishes.test.ts',
    'test/tokens/mails.test.ts',
  ],
  factors: [
    'test/factors/totp.test.ts',
    'test/factors/codes.test.ts',
    'test/factors/budget.test.ts',
    'test/factors/budget-devices.test.ts',
    'test/factors/spend.test.ts',
    'test/factors/enrol.test.ts',
    'test/factors/reset.test.ts',
    'test/factors/mails.test.ts',
    'test/factors/keys.test.ts',
    'test/factors/keys-use.test.ts',
    'test/factors/keys-alone.test.ts',
    'test/factors/keys-damage.test.ts',
    'test/factors/replacing.test.ts',
    'test/factors/approvals.test.ts',
    'test/factors/directory.test.ts',
    'test/gate/keys.test.ts',
  ],
};
const folder = process.env.MUTANTS_FOLDER ?? 'policy';
const include = [...(judges[folder] ?? [])];

/** Reads how mutation testing (scripts/mutants.mjs) runs the tests; `npm test` has its own configuration. */
export default defineConfig({
  test: {
    include,
    globalSetup: ['test/mutants/without-postgres.ts'],
    setupFiles: [
      'test/support/properties.ts',
      ...(folder === 'policy' ? [] : ['test/mutants/on-sqlite.ts', 'test/mutants/cheap-passwords.ts']),
    ],
    env: { LAWS_STRIDE: '211' },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // One process for all files of a mutant. The policy's constants are mutated too, which needs them loaded anew.
    isolate: folder === 'policy',
    sequence: {
      sequencer: class {
        shard<File>(files: File[]): File[] {
          return files;
        }
        sort(files: { moduleId: string }[]): { moduleId: string }[] {
          const rank = ({ moduleId }: { moduleId: string }): number =>
            include.findIndex((path) => moduleId.endsWith(path));
          return [...files].sort((one, other) => rank(one) - rank(other));
        }
      } as never,
    },
  },
});
