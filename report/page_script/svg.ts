export function svg(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly SVGElement[]
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** An item of a list, its picture before its text. */
export function item(text: string, picture: SVGElement | "" = ""): HTMLElement {
  const element = document.createElement("li");
  element.append(picture, text);
  return element;
}
