import { bold, green, red, setColorEnabled } from "@std/fmt/colors";

/** Colours by meaning. */
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
}

/** Turns colours on where they are wanted: by default on a terminal, unless NO_COLOR is set. */
export function style(
  options: { readonly color: string; readonly output?: string | undefined },
): Style {
  const auto = options.output === undefined && Deno.stdout.isTerminal() && !Deno.noColor;
  setColorEnabled(options.color === "always" || (options.color === "auto" && auto));
  return { good: green, bad: red, strong: bold };
}
