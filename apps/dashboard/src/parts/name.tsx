// A name that somebody chose: of any script and direction, set apart from what stands around it, and cut where it is too long.
export function Name({ name, href }: { readonly name: string; readonly href?: string }) {
  const text = (
    <bdi class="name" title={name.length > 24 ? name : undefined}>
      {name}
    </bdi>
  );
  return href === undefined ? text : <a href={href}>{text}</a>;
}
