/** Controls, formats, marks of direction, what has no width, and halves of characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The same in JSON text, which escapes the other ones by itself. */
const HIDDEN_IN_JSON = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Makes text from a file safe to print: what is not seen, or what a terminal acts on, becomes an
 * escape, such as `\u202e`. Lone surrogates U+DC80 to U+DCFF stand for bytes that are not UTF-8, and
 * U+DFFD for some that are not known.
 */
export function printable(text: string): string {
  return text.replace(HIDDEN, visible);
}

/** Does the same to JSON, whose meaning stays. */
export function printableJson(json: string): string {
  return json.replace(HIDDEN_IN_JSON, (character) => character.split("").map(escapedUnit).join(""));
}

function visible(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x100) return `\\x${digits(code, 2)}`;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${digits(code - 0xdc00, 2)}`;
  if (code === 0xdffd) return "\ufffd";
  return code < 0x10000 ? `\\u${digits(code, 4)}` : `\\u{${digits(code, 4)}}`;
}

function escapedUnit(unit: string): string {
  return `\\u${digits(unit.charCodeAt(0), 4)}`;
}

function digits(code: number, width: number): string {
  return code.toString(16).padStart(width, "0");
}
