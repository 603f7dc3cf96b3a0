/** Random things made of plain numbers, each read modulo what there is to choose from: any numbers will do. */
export type Choose = <T>(options: readonly T[]) => T;

/** Takes the next number at each call; when all are used up, the first option. */
export function chooserOf(choices: readonly number[]): Choose {
  let next = 0;
  return (options) => options[(choices[next++] ?? 0) % options.length]!;
}
