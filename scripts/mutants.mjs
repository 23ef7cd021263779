// Mutation testing (docs/mutation-testing.md): `npm run mutants -- policy`, of policy, tokens and factors; all of them
// without a name. Any file of theirs may stand instead: `npm run mutants -- src/tokens/life.ts`. `--again` judges only what
// the last run did not, or what changed since. `MUTANTS_AT_ONCE=1` for a machine that is busy.
import { existsSync, mkdirSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';

const folders = ['policy', 'tokens', 'factors'];
const goal = 85;
const kept = '.cache/mutants';

const named = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const isAgain = process.argv.includes('--again');
const partOf = (folder) => named.filter((name) => name === folder || name.startsWith(`src/${folder}/`));
const wished = named.length === 0 ? folders : folders.filter((folder) => partOf(folder).length > 0);
if (wished.length === 0) throw new Error(`Which of ${folders.join(', ')}?`);

mkdirSync(kept, { recursive: true });
// Thousands of small databases are made: where there is a disk in memory they are made there.
if (process.env.TMPDIR === undefined && existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

function optionsFor(folder) {
  const files = partOf(folder).filter((name) => name !== folder);
  return {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.mutants.config.ts', related: false },
    mutate: files.length > 0 ? files : [`src/${folder}/**/*.ts`],
    coverageAnalysis: 'perTest',
    // A mutant of a constant is judged by every test of its folder. The policy's tests are quick, and its constants are
    // the decisions; elsewhere it would take hours.
    ignoreStatic: folder !== 'policy',
    concurrency: Number(process.env.MUTANTS_AT_ONCE ?? 2),
    // Machines are busy: what is slow is not yet killed.
    timeoutMS: 20_000,
    timeoutFactor: 4,
    disableTypeChecks: false,
    ignorePatterns: ['/dist', '/bench', '/docs'],
    tempDirName: '.cache/stryker',
    incremental: isAgain,
    incrementalFile: `${kept}/${folder}.incremental.json`,
    reporters: ['progress-append-only', 'clear-text', 'json'],
    clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
    jsonReporter: { fileName: `${kept}/${folder}.json` },
  };
}

for (const folder of wished) {
  process.env.MUTANTS_FOLDER = folder;
  const mutants = await new Stryker(optionsFor(folder)).runMutationTest();
  const count = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
  const found = count('Killed', 'Timeout');
  const judged = found + count('Survived', 'NoCoverage');
  const score = (100 * found) / judged;
  console.log(`${folder}: ${score.toFixed(1)} % (${found} of ${judged} mutants were found)`);
  if (score < goal) process.exitCode = 1;
}
