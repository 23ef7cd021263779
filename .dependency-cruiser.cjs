/** The layers of docs/architecture.md: each folder may import what stands to its left. */
const layers = [
  ['kernel'],
  ['policy'],
  ['store'],
  ['ledger'],
  ['accounts'],
  ['factors', 'tokens', 'orgs'],
  ['packages', 'upstream', 'recovery'],
  ['gate'],
  ['http'],
  ['registry', 'site'],
];

const folder = (names) => `^src/(${names.join('|')})/`;
const upward = layers.slice(0, -1).map((names, index) => ({
  name: `${names.join('-')}-imports-leftward-only`,
  severity: 'error',
  from: { path: folder(names) },
  to: { path: `${folder(layers.slice(index + 1).flat())}|^src/(app|cli|config)\\.ts$|^src/(cli|adapters)/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'kernel-imports-node-only',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: 'node_modules' },
    },
    {
      name: 'policy-is-pure',
      severity: 'error',
      from: { path: '^src/policy/' },
      to: { pathNot: '^src/(policy|kernel)/' },
    },
    {
      name: 'kysely-in-sql-files-only',
      severity: 'error',
      from: { pathNot: '^src/store/|\\.sql\\.ts$' },
      to: { path: 'node_modules/kysely' },
    },
    {
      name: 'pg-in-one-file',
      severity: 'error',
      from: { pathNot: '^src/store/postgres\\.ts$' },
      to: { path: 'node_modules/pg/' },
    },
    {
      name: 'sqlite-in-one-file',
      severity: 'error',
      from: { pathNot: '^src/store/sqlite\\.ts$|^src/adapters/lock\\.ts$' },
      to: { path: '^(node:)?sqlite$' },
    },
    {
      name: 'fastify-in-http-only',
      severity: 'error',
      from: { pathNot: '^src/(http|registry|site|app)' },
      to: { path: 'node_modules/fastify/' },
    },
    {
      name: 'surfaces-do-not-touch-the-store',
      severity: 'error',
      from: { path: '^src/(registry|site)/' },
      to: { path: '^src/store/|\\.sql\\.ts$' },
    },
    {
      name: 'surfaces-do-not-touch-each-other',
      severity: 'error',
      from: { path: '^src/registry/' },
      to: { path: '^src/site/' },
    },
    {
      name: 'surfaces-do-not-touch-each-other-2',
      severity: 'error',
      from: { path: '^src/site/' },
      to: { path: '^src/registry/' },
    },
    {
      name: 'only-the-gate-mints-permits',
      severity: 'error',
      from: { pathNot: '^src/gate/' },
      to: { path: '^src/policy/permit-mint\\.ts$' },
    },
    {
      name: 'adapters-import-ports-only',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: { path: '^src/(?!adapters/|kernel/)' },
    },
    {
      name: 'adapters-imported-by-app-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(adapters/|app\\.ts|cli/|cli\\.ts)' },
      to: { path: '^src/adapters/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.json'] },
  },
};
