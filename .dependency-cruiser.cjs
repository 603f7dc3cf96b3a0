/**
 * Which file may import which. The layers, in the words of ARCHITECTURE.md:
 *   crds ← operator, job-runtime ← scripts, cdk8s, bench, test
 * and inside the two programs: pure folders ← edges ← main.ts. Each rule says what to do instead.
 */

const TEST_FILE = '(\\.test(-kit)?\\.ts$|^test/)';
const PRODUCTION = '^(crds|operator|job-runtime)/';
const PURE_IN_RUNTIME = '^job-runtime/((engine|formats|group)/|record\\.ts$)';
const PURE_IN_OPERATOR = '^operator/(reconcile|resources)/';

/** What the operator may import of the runtime. */
const DOORS_OF_JOB_RUNTIME =
  '^job-runtime/(errors|engine/plan/planner|log/log|log/kafka-credentials|log/kafka/open-kafka|state/run-record|' +
  'consumer/task-progress|sinks/sink-problems)\\.ts$';

/** Libraries that compute and do nothing else. */
const PURE_LIBRARIES = ['zod', '@marcbachmann/cel-js', 're2js', 'fastest-levenshtein'];
/** Node's own that neither wait, nor reach out, nor read a clock. */
const PURE_BUILTINS = '^(node:)?(assert|buffer|string_decoder|util|zlib|crypto)$';

const library = (name) => `(^|/)node_modules/${name}/`;
const anyOf = (patterns) => `(${patterns.join('|')})`;

/** A client library is imported in its home alone; elsewhere the code takes the contract beside that home. */
const oneHome = (name, homes, comment) => ({
  name: `home-of-${name.replace(/^@/, '').replace('/', '-')}`,
  comment,
  severity: 'error',
  from: { pathNot: [TEST_FILE, ...homes] },
  to: { path: library(name), dependencyTypesNot: ['type-only'] },
});

/** What a pure folder may import as values: its own program's pure folders, crds, a few libraries. */
const pure = (name, from, own) => ({
  name,
  comment:
    'A pure folder computes from its arguments: it imports pure folders of its own program, crds and pure libraries ' +
    '(types from anywhere in its program). Take a clock, a file, a client or a logger as an argument, or return what ' +
    'the caller is to do; the caller in the edge folder does it.',
  severity: 'error',
  from: { path: from, pathNot: TEST_FILE },
  to: {
    pathNot: [...own, '^crds/', anyOf(PURE_LIBRARIES.map(library)), PURE_BUILTINS],
    dependencyTypesNot: ['type-only'],
  },
});

module.exports = {
  forbidden: [
    {
      name: 'crds-import-zod-only',
      comment:
        'crds is the API that both programs and every tool read: its own files, zod, and fastest-levenshtein for the ' +
        'nearest known name, and hashes. Put the rest where it is used.',
      severity: 'error',
      from: { path: '^crds/', pathNot: TEST_FILE },
      to: { pathNot: ['^crds/', library('zod'), library('fastest-levenshtein'), '^(node:)?crypto$'] },
    },
    pure('pure-folders-of-job-runtime', PURE_IN_RUNTIME, [PURE_IN_RUNTIME]),
    pure('pure-folders-of-operator', PURE_IN_OPERATOR, [PURE_IN_OPERATOR]),
    {
      name: 'operator-to-job-runtime-by-its-doors',
      comment:
        'The operator judges a spec with the planner and looks at Kafka with the log port, as the pods do ' +
        '(docs/adr/0010). These files are the doors, and reach no further than the port; what else both need goes to crds.',
      severity: 'error',
      from: { path: '^operator/', pathNot: TEST_FILE },
      to: { path: '^job-runtime/', pathNot: DOORS_OF_JOB_RUNTIME },
    },
    {
      name: 'doors-from-the-edges-of-the-operator',
      comment:
        'Only operator/spec and operator/kafka go through the doors (all may name the errors); the others take what these found out.',
      severity: 'error',
      from: { path: '^operator/', pathNot: [TEST_FILE, '^operator/(spec|kafka)/'] },
      to: { path: '^job-runtime/', pathNot: '^job-runtime/errors\\.ts$' },
    },
    {
      name: 'job-runtime-not-to-operator',
      comment:
        'Two programs that ship apart: what both need goes to crds; the operator tells a job through its mounted spec.',
      severity: 'error',
      from: { path: '^job-runtime/', pathNot: TEST_FILE },
      to: { path: '^operator/' },
    },
    {
      name: 'production-not-to-test',
      comment:
        'Move what production needs out of the test tree, into the folder that owns it. The benchmarks on Kafka and ' +
        'of the operator start their servers as the tests do, each in one file.',
      severity: 'error',
      from: {
        path: [PRODUCTION, '^(scripts|cdk8s|bench)/'],
        pathNot: [TEST_FILE, '^bench/(kafka/broker|operator/cluster)\\.ts$'],
      },
      to: { path: TEST_FILE },
    },
    {
      name: 'nothing-imports-tools-back',
      comment:
        'scripts, bench, cdk8s and examples stand on the programs, never under them: move the shared part into the program or crds.',
      severity: 'error',
      from: { path: PRODUCTION, pathNot: TEST_FILE },
      to: { path: '^(scripts|bench|cdk8s|examples)/' },
    },
    oneHome(
      'kafkajs',
      ['^job-runtime/log/kafka/', '^operator/kafka/'],
      'Use the log port (job-runtime/log/log.ts) or the topic admin (operator/kafka).',
    ),
    oneHome('pino', ['^job-runtime/telemetry/', '^operator/telemetry/'], 'Take a Logger of telemetry as an argument.'),
    oneHome(
      'prom-client',
      ['^job-runtime/telemetry/', '^operator/telemetry/'],
      'Report through the Metrics contract of telemetry.',
    ),
    oneHome('@faker-js/faker', ['^job-runtime/sources/'], 'Made-up records come from a source in job-runtime/sources.'),
    oneHome(
      'yaml',
      ['^job-runtime/cli/', '^scripts/'],
      'Manifests are read in job-runtime/cli; take the parsed object.',
    ),
    oneHome(
      '@kubernetes/client-node',
      ['^operator/cluster/'],
      'Observe and apply through operator/cluster; resources import its types only.',
    ),
    oneHome(
      'cassandra-driver',
      ['^job-runtime/sinks/cassandra\\.ts$'],
      'Write through the Sink contract (job-runtime/sinks).',
    ),
    oneHome(
      '@google-cloud/storage',
      ['^job-runtime/sinks/gcs\\.ts$'],
      'Write through the Sink contract (job-runtime/sinks).',
    ),
    {
      name: 'no-cycles',
      comment: 'Move what both need into a third file, types included.',
      severity: 'error',
      from: { pathNot: '^node_modules/' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file and it imports nothing: use it or delete it.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.test\\.ts$',
          '(^|/)main\\.ts$',
          '\\.d\\.ts$',
          '^[^/]+\\.c?js$',
          '^test/harness/strip-types\\.js$',
        ],
      },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'Misspelt, without its .ts, or not installed (npm install --save-exact).',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'production-on-dependencies',
      comment: 'The image holds `dependencies` only, named in package.json: move the package there, or do without.',
      severity: 'error',
      from: { path: PRODUCTION, pathNot: TEST_FILE },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|coverage|docs|examples)/' },
    moduleSystems: ['es6', 'cjs'],
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
