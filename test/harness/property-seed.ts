/**
 * The seed of property tests. While developing it differs from run to run, so that more and more is tried; a failure
 * prints it, and FC_SEED repeats it. With CI=true it is fixed: a change is judged by what it changed.
 */
import fc from 'fast-check';

const CI_SEED = 20_261_121;

export function propertySeed(): number {
  const { FC_SEED, CI } = process.env;
  if (FC_SEED !== undefined) return Number(FC_SEED);
  return CI === 'true' ? CI_SEED : Date.now() % 2 ** 31;
}

fc.configureGlobal({ seed: propertySeed() });
