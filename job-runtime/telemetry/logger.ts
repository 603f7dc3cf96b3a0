/** Log lines of the programs: one JSON object each, with level, time and message. The home of pino. */
import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/** `bindings` are part of every line, such as the job's name. Lines are written at once, so none is lost at an exit. */
export function createLogger(destination: DestinationStream, bindings: Readonly<Record<string, unknown>>): Logger {
  const options = {
    base: bindings,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination);
}
