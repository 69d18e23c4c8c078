import type { ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { section } from "./_parts.ts";

/** What the recording says of itself. */
export function factsSection({ facts: groups }: ReportData): Html {
  return section(
    "facts",
    "The recording",
    groups.length === 0
      ? html`<p>It says nothing of itself.</p>`
      : html`<div class="groups">${
        groups.map(({ title, rows }) =>
          html`
            <div>
              <h3>${title}</h3>
              <dl>${rows.map(([name, value]) =>
                html`
                  <div>
                    <dt>${name}</dt>
                    <dd>${value}</dd>
                  </div>
                `
              )}</dl>
            </div>
          `
        )
      }</div>`,
  );
}
