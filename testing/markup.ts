/** An element as a browser would see it begin. */
export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** What stands in a script or a style, as it is; else empty. */
  readonly raw: string;
}

/** What a document consists of: its elements, and its text. */
export interface Markup {
  readonly tags: readonly Tag[];
  readonly text: string;
  readonly comments: number;
}

const ATTRIBUTE = /\s*([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/y;

/** Reads markup with the rules of HTML's tokenizer, as far as our pages need them. */
export function scanMarkup(source: string): Markup {
  const tags: Tag[] = [];
  let text = "";
  let comments = 0;
  for (let at = 0; at < source.length;) {
    if (/^<[!?]/.test(source.slice(at, at + 2))) {
      const isComment = source.startsWith("<!--", at);
      if (isComment) comments++;
      at = after(source, isComment ? "-->" : ">", at);
    } else if (/^<\/[a-z]/i.test(source.slice(at, at + 3))) {
      at = after(source, ">", at);
    } else if (/^<[a-z]/i.test(source.slice(at, at + 2))) {
      const name = source.slice(at + 1).match(/^[^\s/>]+/)![0].toLowerCase();
      const attributes = new Map<string, string>();
      ATTRIBUTE.lastIndex = at + 1 + name.length;
      let end = ATTRIBUTE.lastIndex;
      for (let found; (found = ATTRIBUTE.exec(source)) !== null; end = ATTRIBUTE.lastIndex) {
        attributes.set(found[1]!.toLowerCase(), decode(found[2] ?? found[3] ?? found[4] ?? ""));
      }
      at = after(source, ">", end);
      let raw = "";
      if (name === "script" || name === "style") {
        const close = source.slice(at).search(new RegExp(`</${name}`, "i"));
        raw = source.slice(at, at + close);
        at += close;
      }
      tags.push({ name, attributes, raw });
    } else {
      const next = source.indexOf("<", at + 1);
      const end = next < 0 ? source.length : next;
      text += decode(source.slice(at, end));
      at = end;
    }
  }
  return { tags, text, comments };
}

function after(source: string, end: string, from: number): number {
  const at = source.indexOf(end, from);
  return at < 0 ? source.length : at + end.length;
}

function decode(text: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    "#39": "'",
  };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => named[name]!);
}
