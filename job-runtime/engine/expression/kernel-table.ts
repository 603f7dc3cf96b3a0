/** Which kernel computes what: CEL signatures, with `timestamp` and `duration` for the long names of those types. */
import { zoneOf } from '../../formats/time-zone.ts';
import type { KernelType } from './cel-types.ts';
import { equal, less, lessOrEqual, unequal } from './comparison-kernels.ts';
import type { NumberType } from './comparison-kernels.ts';
import * as convert from './conversion-kernels.ts';
import * as double from './double-kernels.ts';
import * as int from './int-kernels.ts';
import { choiceKernel, logicKernel, notLoop } from './logic-kernels.ts';
import { compilePatternCached } from './pattern.ts';
import * as text from './text-kernels.ts';
import * as time from './time-kernels.ts';
import { formatKernel, parseKernel } from './time-text.ts';
import { binaryKernel, unaryKernel } from './vector.ts';
import type { BinaryLoop, Kernel, NumberKernel, SliceKernel, UnaryLoop } from './vector.ts';

/** `constants` has the value of each operand that is constant text, undefined for others. */
export type Builder = (operands: readonly Kernel[], constants: readonly (string | undefined)[]) => Kernel | undefined;

const binary =
  (loop: BinaryLoop): Builder =>
  ([left, right]) =>
    binaryKernel(loop, left as NumberKernel, right as NumberKernel);
const swapped =
  (loop: BinaryLoop): Builder =>
  ([left, right]) =>
    binaryKernel(loop, right as NumberKernel, left as NumberKernel);
const unary =
  (loop: UnaryLoop): Builder =>
  ([input]) =>
    unaryKernel(loop, input as NumberKernel);
const same: Builder = ([input]) => input;

type PairFunction = Parameters<typeof text.slicePairKernel>[0];
const pair =
  (compute: PairFunction): Builder =>
  ([left, right]) =>
    text.slicePairKernel(compute, left as SliceKernel, right as SliceKernel);
const swappedPair =
  (compute: PairFunction): Builder =>
  ([left, right]) =>
    text.slicePairKernel(compute, right as SliceKernel, left as SliceKernel);
const slice =
  (compute: Parameters<typeof text.sliceNumberKernel>[0]): Builder =>
  ([input]) =>
    text.sliceNumberKernel(compute, input as SliceKernel);

const numberType = (type: KernelType): NumberType => (type === 'int' || type === 'double' ? type : 'other');

function comparisons(leftType: KernelType, rightType: KernelType): [string, Builder][] {
  const left = numberType(leftType);
  const right = numberType(rightType);
  const ordered: [string, Builder][] = [
    [`${leftType} < ${rightType}`, binary(less(left, right))],
    [`${leftType} <= ${rightType}`, binary(lessOrEqual(left, right))],
    [`${leftType} > ${rightType}`, swapped(less(right, left))],
    [`${leftType} >= ${rightType}`, swapped(lessOrEqual(right, left))],
  ];
  if (leftType !== rightType) return ordered;
  return [
    ...ordered,
    [`${leftType} == ${leftType}`, binary(equal(left, right))],
    [`${leftType} != ${leftType}`, binary(unequal(left, right))],
  ];
}

const ARITHMETIC: [string, Builder][] = [
  ['int + int', binary(int.addInts)],
  ['int - int', binary(int.subtractInts)],
  ['int * int', binary(int.multiplyInts)],
  ['int / int', binary(int.divideInts)],
  ['int % int', binary(int.remainderOfInts)],
  ['-int', unary(int.negateInts)],
  ['double + double', binary(double.addDoubles)],
  ['double - double', binary(double.subtractDoubles)],
  ['double * double', binary(double.multiplyDoubles)],
  ['double / double', binary(double.divideDoubles)],
  ['-double', unary(double.negateDoubles)],
  ['timestamp - timestamp', binary(time.subtractDurations)],
  ['timestamp + duration', binary(time.addToTimestamp)],
  ['timestamp - duration', binary(time.subtractFromTimestamp)],
  ['duration + duration', binary(time.addDurations)],
  ['duration - duration', binary(time.subtractDurations)],
];

const LOGIC: [string, Builder][] = [
  ['!bool', unary(notLoop)],
  ['bool && bool', ([left, right]) => logicKernel(0, left as NumberKernel, right as NumberKernel)],
  ['bool || bool', ([left, right]) => logicKernel(1, left as NumberKernel, right as NumberKernel)],
  ['?:', ([condition, left, right]) => choiceKernel(condition as NumberKernel, left!, right!)],
];

const TEXT: [string, Builder][] = [
  ['string == string', pair(text.equalSlices)],
  ['string != string', pair(text.unequalSlices)],
  ['bytes == bytes', pair(text.equalSlices)],
  ['bytes != bytes', pair(text.unequalSlices)],
  ['string < string', pair(text.lessSlices)],
  ['string <= string', pair(text.lessOrEqualSlices)],
  ['string > string', swappedPair(text.lessSlices)],
  ['string >= string', swappedPair(text.lessOrEqualSlices)],
  ['string.startsWith(string)', pair(text.startsWith)],
  ['string.endsWith(string)', pair(text.endsWith)],
  ['string.contains(string)', pair(text.contains)],
  ['string + string', concat],
  ['bytes + bytes', concat],
  ['size(string)', slice(text.codePoints)],
  ['string.size()', slice(text.codePoints)],
  ['size(bytes)', slice(text.byteLength)],
  ['bytes.size()', slice(text.byteLength)],
  ['string.lowerAscii()', ([input]) => text.caseKernel(input as SliceKernel, 65, 32)],
  ['string.upperAscii()', ([input]) => text.caseKernel(input as SliceKernel, 97, -32)],
  ['string.matches(string)', matches],
];

function concat([left, right]: readonly Kernel[]): Kernel {
  return text.concatKernel(left as SliceKernel, right as SliceKernel);
}

function matches([input]: readonly Kernel[], [, pattern]: readonly (string | undefined)[]): Kernel | undefined {
  const compiled = pattern === undefined ? undefined : compiledPattern(pattern);
  return compiled && text.sliceNumberKernel(text.matchesPattern(compiled), input as SliceKernel);
}

/** A literal pattern that is wrong was refused before; one that is computed fails in each row that comes to it. */
function compiledPattern(pattern: string): ReturnType<typeof compilePatternCached> | undefined {
  try {
    return compilePatternCached(pattern);
  } catch {
    return undefined;
  }
}

const CONVERSIONS: [string, Builder][] = [
  ['bool(bool)', same],
  ['int(int)', same],
  ['int(double)', unary(convert.doubleToInt)],
  ['int(string)', ([input]) => convert.textToNumberKernel(convert.readInt, input as SliceKernel)],
  ['int(timestamp)', unary(convert.timestampToInt)],
  ['double(double)', same],
  ['double(int)', unary(convert.intToDouble)],
  ['double(string)', ([input]) => convert.textToNumberKernel(convert.readDouble, input as SliceKernel)],
  ['string(string)', same],
  ['string(bool)', ([input]) => convert.numberToTextKernel(convert.writeBool, input as NumberKernel)],
  ['string(int)', ([input]) => convert.numberToTextKernel(convert.writeInt, input as NumberKernel)],
  ['string(double)', ([input]) => convert.numberToTextKernel(convert.writeDouble, input as NumberKernel)],
  ['bytes(bytes)', same],
  ['bytes(string)', same],
  ['timestamp(timestamp)', same],
  ['timestamp(int)', unary(convert.intToTimestamp)],
  ['timestamp(string)', ([input]) => convert.textToNumberKernel(convert.readTimestamp, input as SliceKernel)],
];

function getters(): [string, Builder][] {
  const ofTimestamps = Object.entries(time.TIMESTAMP_GETTERS).flatMap(([name, field]): [string, Builder][] => [
    [`timestamp.${name}()`, unary(time.getterLoop(field, undefined))],
    [
      `timestamp.${name}(string)`,
      ([input], [, zone]) =>
        zone === undefined ? undefined : unaryKernel(time.getterLoop(field, zoneOf(zone)), input as NumberKernel),
    ],
  ]);
  const ofDurations = Object.entries(time.DURATION_GETTERS).map(([name, unit]): [string, Builder] => [
    `duration.${name}()`,
    unary(time.durationLoop(unit)),
  ]);
  return [...ofTimestamps, ...ofDurations];
}

/** The zone may be left out; a pattern or zone that is not constant is left to the library. */
const formatTimes: Builder = ([input], [, pattern, zone = 'UTC']) =>
  pattern === undefined ? undefined : formatKernel(input as NumberKernel, pattern, zone);

const parseTimes: Builder = ([input], [, pattern, zone = 'UTC']) =>
  pattern === undefined ? undefined : parseKernel(input as SliceKernel, pattern, zone);

const withConstantZone =
  (build: Builder): Builder =>
  (operands, constants) =>
    constants[2] === undefined ? undefined : build(operands, constants);

const TIME_TEXT: [string, Builder][] = [
  ['format(timestamp, string)', formatTimes],
  ['format(timestamp, string, string)', withConstantZone(formatTimes)],
  ['parseTimestamp(string, string)', parseTimes],
  ['parseTimestamp(string, string, string)', withConstantZone(parseTimes)],
];

export const KERNELS: ReadonlyMap<string, Builder> = new Map([
  ...ARITHMETIC,
  ...comparisons('int', 'int'),
  ...comparisons('double', 'double'),
  ...comparisons('int', 'double'),
  ...comparisons('double', 'int'),
  ...comparisons('bool', 'bool'),
  ...comparisons('timestamp', 'timestamp'),
  ...comparisons('duration', 'duration'),
  ...LOGIC,
  ...TEXT,
  ...CONVERSIONS,
  ...getters(),
  ...TIME_TEXT,
]);
