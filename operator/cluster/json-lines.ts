/** Cuts a stream of bytes into lines: chunks end anywhere, within a line and within a character. */
import { StringDecoder } from 'node:string_decoder';

export class LineCutter {
  private readonly decoder = new StringDecoder('utf8');
  /** Of the line that has not ended; joined once, so that a long line costs no more than its length. */
  private parts: string[] = [];

  /** The lines that this chunk ends, without their ends; empty ones are left out. */
  feed(chunk: Buffer): string[] {
    const pieces = this.decoder.write(chunk).split('\n');
    const last = pieces.pop() ?? '';
    const lines: string[] = [];
    for (const piece of pieces) {
      this.parts.push(piece);
      lines.push(this.parts.join(''));
      this.parts = [];
    }
    if (last !== '') this.parts.push(last);
    return lines.filter((line) => line.trim() !== '');
  }
}
