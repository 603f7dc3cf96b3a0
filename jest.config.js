/**
 * Native ES modules: `npm run unit` and its like start Jest with --experimental-vm-modules, and strip-types.js does
 * what Node itself does with a .ts file. `randomize` shuffles the tests of each file; the run prints its seed, and
 * `npm run unit -- --seed=N` repeats the order.
 */
const INTEGRATION = '\\.integration\\.test\\.ts$';
/** Takes the whole machine for minutes, and so runs alone. */
const LEDGER = '/test/ledger/ledger\\.integration\\.test\\.ts$';
/** The operator as a process on real servers: minutes of their own. */
const OPERATOR = '/test/operator/';
const END_TO_END = '\\.e2e\\.test\\.ts$';

const project = (displayName, testMatch, testPathIgnorePatterns) => ({
  displayName,
  testMatch,
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/out/', ...testPathIgnorePatterns],
  modulePathIgnorePatterns: ['<rootDir>/out/'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/harness/strip-types.js' },
  setupFiles: ['<rootDir>/test/harness/property-seed.ts'],
});

export default {
  projects: [
    project('unit', ['**/*.test.ts'], [INTEGRATION, END_TO_END]),
    project('integration', ['**/*.integration.test.ts'], [LEDGER, OPERATOR]),
    project('operator', ['**/test/operator/*.integration.test.ts'], []),
    project('ledger', ['**/test/ledger/ledger.integration.test.ts'], []),
    project('e2e', ['**/*.e2e.test.ts'], []),
  ],
  randomize: true,
  // Jest leaves one core idle by default, which is half of a small machine.
  maxWorkers: '100%',
  coverageProvider: 'v8',
  coverageDirectory: 'out/coverage',
  collectCoverageFrom: ['{crds,operator,job-runtime}/**/*.ts', '!**/*.test.ts', '!**/main.ts'],
};
