/** Pieces of CEL over a spec that several rules share. */

/** `name` is a field of the schema. */
export const FIELD_IN_SCHEMA = 'self.schema.fields.exists(field, field.name == name)';

const MADE_BY_MAP =
  'has(maker.map) && (has(maker.map.set) && name in maker.map.set || has(maker.map.rename) && maker.map.rename.exists(old, maker.map.rename[old] == name))';
const MADE_BY_DELTA = 'has(maker.delta) && name in maker.delta.fields';

/** `name` is a field of the schema or made by some step. That it exists at this very place only zod's side can tell. */
export const KNOWN_FIELD = `(${FIELD_IN_SCHEMA} || self.steps.exists(maker, ${MADE_BY_MAP} || ${MADE_BY_DELTA}))`;

/** Some step makes fields, whose types CEL cannot follow. */
export const MAKES_FIELDS = 'self.steps.exists(maker, has(maker.map) || has(maker.delta))';
