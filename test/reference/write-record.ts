/** Texts to records, in every way in which a record may be written. */
import type { Field, RecordSchema } from '../../crds/stream-job.ts';
import type { Choose } from './choices.ts';

/** What a field holds before it is written: a text, or null where there is nothing. */
export type Written = Readonly<{ field: Field; text: string | null }>;

export function writeCsv(schema: RecordSchema, fields: readonly Written[], choose: Choose): string {
  const { delimiter = ',', quote = '"', trim = false } = schema.csv ?? {};
  const columns = fields.flatMap(({ field, text }) => columnTexts(field.from?.length ?? 1, text ?? ''));
  const needsQuotes = (text: string): boolean =>
    text.includes(delimiter) || text.startsWith(quote) || /[\n\r]/.test(text) || (trim && /^\s|\s$/.test(text));
  const written = columns.map((text) => {
    if (needsQuotes(text) || choose([false, false, true])) return quote + text.replaceAll(quote, quote + quote) + quote;
    return trim && choose([false, true]) ? ` ${text}\t` : text;
  });
  const record = written.join(delimiter) + choose(['', '', '\n', '\r\n']);
  return columns.length > 1 && choose([false, false, false, true]) ? JSON.stringify(record) : record;
}

const columnTexts = (count: number, text: string): string[] =>
  count === 1 ? [text] : [...text.split(' '), ''].slice(0, count);

type Member = [name: string, json: string];

/** Members null or absent, some twice, some that no field names; of up to three objects, each inside the other. */
export function writeJson(fields: readonly Written[], choose: Choose): string {
  const space = choose(['', ' ', '\n\t']);
  const object = (members: readonly Member[]): string =>
    `{${members.map(([name, json]) => `${JSON.stringify(name)}:${space}${json}`).join(`,${space}`)}}`;
  const membersIn = (folder: string): Member[] =>
    fields.filter(({ field }) => folderOf(field) === folder).flatMap((written) => membersOf(written, choose));
  const deep: Member[] = [['deep', object(membersIn('in.deep'))]];
  const inner: Member[] = [['in', object([...membersIn('in'), ...deep])]];
  const unknown: Member[] = choose([[], [['unknown', '{"x":[1,{"y":null}]}']]]);
  return object([...inner, ...membersIn(''), ...unknown]);
}

const pathOf = ({ name, path = name }: Field): string[] => path.split('.');
const folderOf = (field: Field): string => pathOf(field).slice(0, -1).join('.');

function membersOf({ field, text }: Written, choose: Choose): Member[] {
  const name = pathOf(field).at(-1)!;
  if (text === null) return choose([[], [[name, 'null']]]);
  const member: Member = [name, jsonOf(field, text)];
  return choose([false, false, false, true]) ? [[name, '"first of two"'], member] : [member];
}

function jsonOf({ type, format = '' }: Field, text: string): string {
  const isNumber = /^(int|long|double|decimal)/.test(type) || format.startsWith('epoch');
  const isBare = isNumber || /^(boolean|array|map)/.test(type);
  return isBare && isJson(text) ? text : JSON.stringify(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
