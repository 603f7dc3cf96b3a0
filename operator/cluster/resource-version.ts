/**
 * Order of resourceVersions. They are decimal counters of one store: Kubernetes says so since 1.35, and it has been so
 * all along. Compared as text, since they pass what a number holds.
 */

/** Whether `left` is later than `right`; the empty text is before all. */
export function isLater(left: string, right: string): boolean {
  return left.length === right.length ? left > right : left.length > right.length;
}
