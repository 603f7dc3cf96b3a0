/** zod's issues as problems in words: what must stand there and what does; unknown names with the nearest known one. */
import * as z from 'zod';
import { suggestion } from './nearest.ts';
import { pathText } from './problem.ts';
import type { Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;

export function problemsOf(schema: z.ZodType, issues: readonly Issue[]): Problem[] {
  return telling(issues).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownNames(schema, issue);
    if (issue.code === 'invalid_key')
      return telling(issue.issues).map((inner) => ({
        path: pathText(issue.path),
        message: keyMessage(inner, issue.path.at(-1)),
      }));
    return [{ path: pathText(issue.path), message: withInput(wording(issue), issue) }];
  });
}

/** A text of the wrong form often has the wrong length too: the form says more. */
function telling(issues: readonly Issue[]): Issue[] {
  const formed = new Set(issues.filter(({ code }) => code === 'invalid_format').map(({ path }) => pathText(path)));
  return issues.filter(
    (issue) =>
      !(
        'origin' in issue &&
        issue.origin === 'string' &&
        issue.code.startsWith('too_') &&
        formed.has(pathText(issue.path))
      ),
  );
}

function unknownNames(schema: z.ZodType, issue: z.core.$ZodIssueUnrecognizedKeys): Problem[] {
  const known = knownNames(schemaAt(schema, issue.path));
  return issue.keys.map((key) => ({
    path: pathText([...issue.path, key]),
    message: `unknown field${suggestion(key, known)}`,
  }));
}

const keyMessage = (issue: Issue, key: PropertyKey | undefined): string =>
  `its name ${wording(issue)}; got ${JSON.stringify(key)}`;

/** "must be …" for each kind of issue; our own messages already are in words. */
function wording(issue: Issue): string {
  if (issue.input === undefined && isAboutInput(issue)) return 'must be given';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'too_small':
    case 'too_big':
      return bound(issue);
    default:
      return issue.message;
  }
}

/** Kinds of issues that a missing value raises. */
const isAboutInput = ({ code }: Issue): boolean => ['invalid_type', 'invalid_value', 'invalid_union'].includes(code);

const TYPE_NAMES: Record<string, string> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'a string',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [limit, least] = issue.code === 'too_small' ? [issue.minimum, true] : [issue.maximum, false];
  const word = least ? (issue.inclusive ? 'at least' : 'more than') : issue.inclusive ? 'at most' : 'less than';
  if (issue.origin === 'array') return `must have ${word} ${limit} ${limit === 1 ? 'item' : 'items'}`;
  if (issue.origin === 'string') return `must have ${word} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  return `must be ${word} ${limit}`;
}

/** Adds what stands there, unless the message has said it or there is nothing short to say. */
function withInput(message: string, issue: Issue): string {
  const { input } = issue;
  if (issue.code === 'custom' || input === undefined) return message;
  if (Array.isArray(input)) return `${message}; got ${issue.code === 'invalid_type' ? 'a list' : `${input.length}`}`;
  if (input !== null && typeof input === 'object') return `${message}; got an object`;
  const text = typeof input === 'string' ? JSON.stringify(input) : String(input);
  return `${message}; got ${text.length > 80 ? `${text.slice(0, 77)}…` : text}`;
}

/** The schema of the value at a path, through optional and defaulted wrappers. */
function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = unwrapped(schema);
  for (const part of path) {
    if (at instanceof z.ZodObject) at = at.shape[String(part)] as z.ZodType | undefined;
    else if (at instanceof z.ZodArray) at = at.element as z.ZodType;
    else if (at instanceof z.ZodRecord) at = at.valueType as z.ZodType;
    else return undefined;
    at = at && unwrapped(at);
  }
  return at;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
    inner = inner.unwrap() as z.ZodType;
  return inner;
}

const knownNames = (schema: z.ZodType | undefined): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
