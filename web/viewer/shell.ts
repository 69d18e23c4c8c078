import { bytes, html } from "../../report/internal.ts";

export interface ShellEvents {
  open(file: File): void;
  cancel(): void;
}

/** The frame of the page: file picker, drop zone, progress, errors. */
export class Shell {
  readonly #progress = byId("progress");
  readonly #phase = byId("phase");
  readonly #bar = byId<HTMLProgressElement>("bar");
  readonly #bytes = byId("bytes");
  readonly #failure = byId("failure");

  /** Listens to picker, drops and the button that cancels. */
  constructor(events: ShellEvents) {
    const picker = byId<HTMLInputElement>("file");
    picker.addEventListener("change", () => {
      const [file] = picker.files ?? [];
      picker.value = ""; // so that the same file can be chosen again
      if (file !== undefined) events.open(file);
    });
    byId("cancel").addEventListener("click", () => events.cancel());
    this.#listenToDrops(events);
  }

  /** Shows how many bytes of a phase are done. */
  progress(
    phase: string,
    { done, total }: { readonly done: number; readonly total: number },
  ): void {
    this.#progress.hidden = false;
    if (this.#phase.textContent !== phase) this.#phase.textContent = phase;
    this.#bar.max = Math.max(total, 1);
    this.#bar.value = Math.min(done, total);
    this.#bytes.textContent = `${bytes(Math.min(done, total))} of ${bytes(total)}`;
  }

  /** Hides the progress; `why` is told to those who listen, as in "Cancelled". */
  endProgress(why: string): void {
    if (this.#progress.contains(document.activeElement)) byId("file").focus();
    this.#progress.hidden = true;
    byId("news").textContent = why;
  }

  /** Tells of a failure; null takes it away. */
  fail(name: string, why: string | null): void {
    this.#failure.hidden = why === null;
    if (why !== null) {
      this.#failure.innerHTML = `${html`
        <p><strong>${name}</strong></p>
        <p>${why}</p>
      `}`;
    } else {
      this.#failure.replaceChildren();
    }
  }

  #listenToDrops(events: ShellEvents): void {
    const zone = byId("drop-hint");
    let depth = 0;
    const show = (change: number) => {
      depth = Math.max(depth + change, 0);
      zone.hidden = depth === 0;
    };
    addEventListener("dragenter", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(1);
    });
    addEventListener("dragleave", (event) => {
      if (hasFiles(event)) show(-1);
    });
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.dataTransfer!.dropEffect = "copy";
    });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(-depth);
      const { files, items } = event.dataTransfer!;
      const [file] = files;
      const folder = [...items].some((item) => item.webkitGetAsEntry()?.isDirectory);
      if (files.length > 1) {
        this.fail(`${files.length} files`, "Drop one recording at a time.");
      } else if (folder) {
        this.fail(
          file?.name ?? "A folder",
          "This is a folder, as perf record --threads writes it. The viewer opens single files; " +
            "the command line reads folders: auxtail report FOLDER -o report.html",
        );
      } else if (file !== undefined) {
        events.open(file);
      }
    });
  }
}

/** Finds an element that the page is known to have. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") ?? false;
}
