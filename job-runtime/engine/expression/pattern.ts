/** Regular expressions by RE2: linear time whatever the pattern, and patterns of bounded size. */
import { RE2JS } from 're2js';

const MAX_PATTERN_LENGTH = 256;
const MAX_PROGRAM_SIZE = 2000;
/** Patterns that come from fields, not from the expression, are compiled once per distinct text, up to so many. */
const MAX_CACHED = 256;

const cache = new Map<string, RE2JS>();

/** Throws a RangeError that says what is wrong. */
function compilePattern(pattern: string): RE2JS {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw new RangeError(`a regular expression has at most ${MAX_PATTERN_LENGTH} characters`);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw new RangeError((cause as Error).message.replace('error parsing regexp', 'not a regular expression'), {
      cause,
    });
  }
  if (compiled.programSize() > MAX_PROGRAM_SIZE)
    throw new RangeError('the regular expression is too large: smaller repeat counts help');
  return compiled;
}

export function compilePatternCached(pattern: string): RE2JS {
  let compiled = cache.get(pattern);
  if (!compiled) {
    compiled = compilePattern(pattern);
    if (cache.size === MAX_CACHED) cache.clear();
    cache.set(pattern, compiled);
  }
  return compiled;
}
