// Whether two ways to share the same people out are one: neither the order of the lists nor that within them counts.

type Lists = readonly (readonly string[])[];

export function sameLists(some: Lists, others: Lists): boolean {
  const said = (lists: Lists) => JSON.stringify(lists.map((list) => JSON.stringify(list.toSorted())).sort());
  return said(some) === said(others);
}
