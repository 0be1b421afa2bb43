/**
 * Makes the children of `now` those of `wanted`: nodes, which are used up, or markup, which is parsed apart. What is the
 * same stays, so that sixty pictures a second lay out and paint what moved, and a table keeps its scroll and its selection.
 */
export function sync(now: Element, wanted: readonly Node[] | string): void {
  const made = document.createElement("template");
  if (typeof wanted === "string") made.innerHTML = wanted;
  else made.content.append(...wanted);
  align(now, made.content);
}

function align(now: Node, wanted: Node): void {
  let at = now.firstChild;
  for (const want of [...wanted.childNodes]) {
    const next: ChildNode | null = at?.nextSibling ?? null;
    if (!at) now.appendChild(want);
    else if (at.nodeName === want.nodeName && want.hasChildNodes()) become(at as Element, want as Element);
    else if (!at.isEqualNode(want)) at.replaceWith(want);
    at = next;
  }
  while (at) {
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
}

function become(at: Element, want: Element): void {
  for (const name of want.getAttributeNames()) {
    const value = want.getAttribute(name)!;
    if (at.getAttribute(name) !== value) at.setAttribute(name, value);
  }
  for (const name of at.getAttributeNames()) if (!want.hasAttribute(name)) at.removeAttribute(name);
  align(at, want);
}
