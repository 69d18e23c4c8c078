import { printable } from "../text/mod.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Markup of which every value was escaped. Only {@linkcode html} makes it. */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The markup as text. */
  toString(): string {
    return this.#text;
  }
}

/** Markup of which every value was escaped. */
export type Html = Markup;

/** What may stand in a template: text is escaped, null is left out, lists are joined. */
export type HtmlValue = string | number | bigint | null | Html | readonly HtmlValue[];

/**
 * Makes markup from a template, and escapes every value that is not markup itself.
 *
 * Values may stand between tags and in quoted attributes that hold text; not in addresses, in
 * styles, in scripts, nor as names. Controls, marks of direction and other characters that are not
 * seen become visible escapes, such as `\u202e`.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0]!;
  for (const [index, value] of values.entries()) text += markup(value) + parts[index + 1]!;
  return new Markup(text);
}

function markup(value: HtmlValue): string {
  if (value === null) return "";
  if (value instanceof Markup) return value.toString();
  if (typeof value === "object") return value.map(markup).join("");
  return escape(`${value}`);
}

function escape(text: string): string {
  return printable(text.replace(/[&<>"']/g, (c) => ENTITIES[c]!));
}
