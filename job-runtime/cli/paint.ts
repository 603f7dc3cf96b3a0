/** Colours for people at a terminal; elsewhere the plain text. */
import { styleText } from 'node:util';

export type Colour = 'red' | 'yellow' | 'bold' | 'dim';
export type Paint = (colour: Colour, text: string) => string;

/** Whether colours are wanted is decided by the caller, not by the streams of this process. */
export function paintFor(colours: boolean): Paint {
  return colours ? (colour, text) => styleText(colour, text, { validateStream: false }) : (_, text) => text;
}
