/**
 * The fields that rows have between two steps, by name. A slot never changes its meaning: a step that sets a field
 * gives it a new slot, and a renamed field keeps its own. So two names mean the same values exactly when their slots
 * are equal.
 */
import { parseFieldType, type FieldType } from '../../../crds/field-type.ts';
import type { RecordSchema } from '../../../crds/record-schema.ts';
import type { Field } from '../column.ts';

export class Layout {
  /** All slots ever given, in order. */
  readonly columns: Field[] = [];
  private fields = new Map<string, Field>();

  constructor(schema: RecordSchema) {
    for (const { name, type, format, timezone } of schema.fields) {
      this.add({ name, type: parseFieldType(type), ...(format && { format }), ...(timezone && { timezone }) });
    }
  }

  get all(): readonly Field[] {
    return [...this.fields.values()];
  }

  find(name: string): Field | undefined {
    return this.fields.get(name);
  }

  /** A parsed manifest names only fields that exist. */
  get(name: string): Field {
    const field = this.fields.get(name);
    if (!field) throw new RangeError(`no field ${name}`);
    return field;
  }

  /** Adds a field, or sets one anew in its place. A copy of another prints as that one does. */
  set(name: string, type: FieldType, copyOf?: Field): Field {
    return this.add({ ...copyOf, name, type });
  }

  rename(names: Readonly<Record<string, string>>): void {
    const renamed = new Map<string, Field>();
    for (const [name, field] of this.fields) renamed.set(names[name] ?? name, { ...field, name: names[name] ?? name });
    this.fields = renamed;
  }

  drop(names: readonly string[]): void {
    for (const name of names) this.fields.delete(name);
  }

  private add(field: Omit<Field, 'slot'>): Field {
    const placed = { ...field, slot: this.columns.length };
    this.columns.push(placed);
    this.fields.set(field.name, placed);
    return placed;
  }
}
