// One text for one value of JSON, by RFC 8785: keys in the order of their UTF-16 units, no blanks, numbers as ECMAScript writes
// them. For values whose maps have no order of their own, settings for one; what is signed has a form (signed-form.ts).

/** Keys whose value is undefined are left out, as in JSON. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, held: unknown) => {
    if (typeof held !== 'object' || held === null || Array.isArray(held)) return held;
    return Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
