/**
 * House rules: the ceilings, the words and the purity of style, as far as a linter can judge them one file at a time.
 * Which file may import which is ruled by .dependency-cruiser.cjs, layout by prettier, types by tsc.
 * A waiver is one line, with its reason: `// eslint-disable-next-line max-params -- why`.
 */
import path from 'node:path';
import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.test.ts', 'test/**/*.ts'];
/** Folders whose results depend on their arguments alone. */
const PURE = [
  'crds/**/*.ts',
  'job-runtime/engine/**/*.ts',
  'job-runtime/formats/**/*.ts',
  'job-runtime/group/**/*.ts',
  'job-runtime/record.ts',
  'operator/reconcile/**/*.ts',
  'operator/resources/**/*.ts',
];
/** The only files that read the environment or end the process: programs start here, and tests and tools are programs. */
const COMPOSITION_ROOTS = ['**/main.ts', 'scripts/**', 'bench/**', '*.config.js', ...TESTS];

const BANNED_GLOBALS_IN_PURE = {
  process: 'take what you need as an argument',
  console: 'return what there is to say; the caller logs',
  performance: 'take the time as an argument',
  setTimeout: 'return when to be called next; the caller keeps the timers',
  setInterval: 'return when to be called next; the caller keeps the timers',
  setImmediate: 'a pure function has no later; the caller schedules',
  queueMicrotask: 'a pure function has no later; the caller schedules',
  fetch: 'take what was fetched as an argument',
};

const VAGUE_FILE_NAME = /^(utils?|helpers?|common-utils|misc)(\.test)?\.[cm]?[jt]s$/;

/** What no ready rule says. */
const house = {
  rules: {
    'telling-file-name': {
      create: (context) => ({
        Program(node) {
          const name = path.basename(context.filename);
          if (!VAGUE_FILE_NAME.test(name)) return;
          context.report({ node, message: `"${name}" says nothing: name the file after what it holds.` });
        },
      }),
    },
    'waiver-with-reason': {
      create: (context) => ({
        Program() {
          for (const comment of context.sourceCode.getAllComments()) {
            if (!/^\s*eslint-disable/.test(comment.value) || / -- \S/.test(comment.value)) continue;
            context.report({ loc: comment.loc, message: 'Say why: `// eslint-disable-next-line RULE -- reason`.' });
          }
        },
      }),
    },
  },
};

const ceilings = {
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
  complexity: ['error', 10],
  'max-depth': ['error', 3],
  'max-params': ['error', 4],
};

const words = {
  'house/telling-file-name': 'error',
  'house/waiver-with-reason': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'hack'], location: 'anywhere' }],
  'no-else-return': ['error', { allowElseIf: false }],
  'no-restricted-exports': [
    'error',
    { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } },
  ],
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-var': 'error',
  'prefer-const': 'error',
  'object-shorthand': 'error',
};

const typescript = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/explicit-module-boundary-types': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', varsIgnorePattern: '^_' },
  ],
  // With noUncheckedIndexedAccess, `values[row]!` is how a kernel says that row is in bounds.
  '@typescript-eslint/no-non-null-assertion': 'off',
  // A class of static factories, or an empty one that tests extend, is a matter of review.
  '@typescript-eslint/no-extraneous-class': 'off',
};

/** The two rules that need types and pay for it: a promise nobody waits for is a lost error. */
const typed = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
};

const environmentOnlyInRoots = {
  'no-restricted-properties': [
    'error',
    ...['env', 'exit', 'argv'].map((property) => ({
      object: 'process',
      property,
      message: 'only main.ts touches it: take it as an argument',
    })),
  ],
  'no-restricted-imports': ['error', { paths: [{ name: 'node:process', message: 'use the global in main.ts' }] }],
};

const purity = {
  'no-restricted-globals': [
    'error',
    ...Object.entries(BANNED_GLOBALS_IN_PURE).map(([name, message]) => ({ name, message })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'take the time as an argument' },
    { object: 'Math', property: 'random', message: 'take a seeded generator as an argument' },
    { object: 'globalThis', message: 'no way round: take it as an argument' },
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: 'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.name="Date"]',
      message: 'reads the clock: take the time as an argument',
    },
  ],
};

export default tseslint.config(
  { ignores: ['node_modules/', 'out/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  { plugins: { house }, rules: { ...ceilings, ...words } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { ...typescript, ...typed },
  },
  { files: ['**/*.ts'], ignores: COMPOSITION_ROOTS, rules: environmentOnlyInRoots },
  { files: PURE, ignores: TESTS, rules: purity },
  {
    files: TESTS,
    extends: [jest.configs['flat/recommended'], jest.configs['flat/style']],
    settings: { jest: { version: 30 } },
    rules: {
      'max-lines-per-function': 'off',
      'jest/prefer-importing-jest-globals': 'error',
      'jest/prefer-each': 'error',
      'jest/no-large-snapshots': 'error',
      // Skips go through test/harness/skip.ts, which gives the reason that the report counts.
      'jest/no-disabled-tests': 'error',
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'fc.assert', 'assert*'] }],
      'jest/valid-title': ['error', { ignoreTypeOfDescribeName: true }],
    },
  },
  {
    // What tests share wraps describe and test.
    files: ['test/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'jest/no-export': 'off', 'jest/valid-describe-callback': 'off' },
  },
  {
    files: ['*.config.js', '.dependency-cruiser.cjs', 'test/harness/strip-types.js'],
    languageOptions: { globals: { module: 'readonly', process: 'readonly' } },
    rules: { 'no-restricted-exports': 'off' },
  },
);
