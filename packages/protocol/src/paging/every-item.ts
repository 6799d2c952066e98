// Reading a listing to its end, page after page. What a page is, is page.ts's.

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** All items of a listing. `read` reads the page of a cursor; of the first there is none. */
export async function* everyItem<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  for (;;) {
    const { items, next } = await read(cursor);
    yield* items;
    if (next === null) return;
    cursor = next;
  }
}
