/**
 * Reads manifests: YAML (or JSON, which is YAML too), one or several documents, from a file or standard input. What is
 * read is not judged yet; lines are kept, for problems to point at.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Document, Node, ParsedNode } from 'yaml';
import { KIND } from '../../crds/stream-job.ts';
import type { PathPart } from './manifest-path.ts';
import { valueAt } from './manifest-path.ts';

/** One document of a manifest file. */
export interface Manifest {
  /** As the command line names it, for messages. */
  readonly file: string;
  readonly document: unknown;
  /** The line of what stands at a path, or of what is nearest to it. */
  readonly lineOf: (path: readonly PathPart[]) => number;
}

export type ReadManifests = { readonly manifests: readonly Manifest[] } | { readonly complaint: string };

/** Far above what Kubernetes takes; whoever names a file of records by mistake should not wait. */
const MAX_BYTES = 4 * 2 ** 20;

/** All StreamJobs of a file; at least one. `complaint` is one line. */
export async function readManifests(file: string, stdin: Readable): Promise<ReadManifests> {
  const name = file === '-' ? 'standard input' : file;
  try {
    const bytes = await readAll(file === '-' ? stdin : createReadStream(file));
    if (bytes.length > MAX_BYTES)
      return { complaint: `cannot read ${name}: more than ${MAX_BYTES / 2 ** 20} MiB is no manifest` };
    return parseManifests(name, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return { complaint: `cannot read ${name}: ${readingProblem(error as NodeJS.ErrnoException)}` };
  }
}

async function readAll(from: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of from) {
    chunks.push(Buffer.from(chunk as Uint8Array));
    length += chunks.at(-1)!.length;
    if (length > MAX_BYTES) break;
  }
  return Buffer.concat(chunks);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

const readingProblem = ({ code = '', message }: NodeJS.ErrnoException): string => REASONS[code] ?? message;

/** The same for a text that has been read. */
export function parseManifests(file: string, text: string): ReadManifests {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const documents =
    'empty' in parsed ? [] : parsed.filter(({ contents, errors }) => !isEmpty(contents) || errors.length > 0);
  const error = documents.flatMap(({ errors }) => errors)[0];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    return { complaint: `${file}:${line}:${col}: not valid YAML: ${error.message}` };
  }
  try {
    return chooseJobs(
      file,
      documents.map((document) => manifestOf(file, document, lines)),
    );
  } catch (failure) {
    // Aliases are resolved only now: unknown ones, and those that would grow without end.
    return { complaint: `${file}: not valid YAML: ${(failure as Error).message}` };
  }
}

const isEmpty = (contents: ParsedNode | null): boolean =>
  contents === null || (isScalar(contents) && contents.value === null);

function manifestOf(file: string, document: Document.Parsed, lines: LineCounter): Manifest {
  return {
    file,
    document: document.toJS() as unknown,
    lineOf: (path) => lines.linePos(offsetOf(document, path)).line,
  };
}

/** A lone document is taken at its word: that its kind is wrong is the schema's to say. */
function chooseJobs(file: string, manifests: readonly Manifest[]): ReadManifests {
  if (manifests.length === 0) return { complaint: `${file}: is empty; a manifest starts with apiVersion and kind` };
  if (manifests.length === 1) return { manifests };
  const jobs = manifests.filter(({ document }) => valueAt(document, ['kind']) === KIND);
  if (jobs.length > 0) return { manifests: jobs };
  return { complaint: `${file}: none of its ${manifests.length} documents is of kind ${KIND}` };
}

/** The job called `name`, or the only one. */
export function chooseManifest(
  manifests: readonly Manifest[],
  name: string | undefined,
): Manifest | { readonly complaint: string } {
  const names = manifests.map(({ document }) => String(valueAt(document, ['metadata', 'name'])));
  const { file } = manifests[0]!;
  if (name === undefined) {
    if (manifests.length === 1) return manifests[0]!;
    return { complaint: `${file}: holds ${manifests.length} StreamJobs; choose one with --name: ${names.join(', ')}` };
  }
  const found = manifests.filter((_, index) => names[index] === name);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) return { complaint: `${file}: holds ${found.length} StreamJobs named ${name}` };
  return { complaint: `${file}: holds no StreamJob named ${name}; it has ${names.join(', ')}` };
}

/** Where the deepest part of the path that exists starts: the member's name, or the item. */
function offsetOf(document: Document.Parsed, path: readonly PathPart[]): number {
  let node: Node | null | undefined = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of path) {
    const place = placeIn(isAlias(node) ? node.resolve(document) : node, part);
    if (!place) break;
    offset = place.offset ?? offset;
    node = place.node;
  }
  return offset;
}

interface Place {
  readonly offset: number | undefined;
  readonly node: Node | null;
}

function placeIn(node: Node | null | undefined, part: PathPart): Place | undefined {
  if (isSeq<Node>(node) && typeof part === 'number') {
    const item = node.items[part];
    return item && { offset: item.range?.[0], node: item };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  return pair && { offset: pair.key.range?.[0], node: pair.value };
}
