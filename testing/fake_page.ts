/**
 * What charts need of a page, for tests without a browser: a plot whose area is 1000 by 500 pixels,
 * at (50, 10), and a canvas with two pixels to one of the page, which remembers what is drawn.
 *
 * @module
 */

type Point = readonly [x: number, y: number];

/** Something drawn, and how. */
export interface Drawn {
  readonly what: "line" | "shape" | "filled shape" | "text" | "box" | "dot";
  readonly colour: string;
  readonly alpha: number;
  readonly lineWidth: number;
  readonly dash: readonly number[];
  /** Points of a line; place of all else, and its size, scale, or radius and angle. */
  readonly points: readonly Point[];
  /** A text, with how it is aligned, or the path of a shape. */
  readonly text: string;
}

class FakePath {
  readonly points: Point[] = [];

  constructor(readonly shape: string = "") {}

  lineTo(x: number, y: number): void {
    this.points.push([x, y]);
  }
}

/** A context of a canvas. */
class FakeContext {
  readonly canvas = { width: 2100 };
  readonly drawn: Drawn[] = [];
  strokeStyle = "";
  fillStyle = "";
  lineWidth = 1;
  globalAlpha = 1;
  lineJoin = "";
  font = "";
  textAlign = "";
  textBaseline = "";
  #dash: readonly number[] = [];
  #path = new FakePath();
  #at: Point = [0, 0];
  #scale: Point = [1, 1];
  #dot = false;
  /** What is drawn is cut off outside of it: place and size. */
  clipped: readonly number[] = [];
  #rect: readonly number[] = [];

  save(): void {}

  restore(): void {
    [this.#at, this.#scale] = [[0, 0], [1, 1]];
  }

  rect(...rect: readonly number[]): void {
    this.#rect = rect;
  }

  clip(): void {
    this.clipped = this.#rect;
  }

  scale(x: number, y: number): void {
    this.#scale = [x, y];
  }

  translate(x: number, y: number): void {
    this.#at = [x, y];
  }

  setLineDash(dash: readonly number[]): void {
    this.#dash = dash;
  }

  beginPath(): void {
    this.#path = new FakePath();
    this.#dot = false;
  }

  lineTo(x: number, y: number): void {
    this.#path.lineTo(x, y);
  }

  arc(x: number, y: number, radius: number, from: number, to: number): void {
    this.#path.points.push([x, y], [radius, to - from]);
    this.#dot = true;
  }

  stroke(path: FakePath = this.#path): void {
    if (path.shape !== "") {
      this.#add("shape", this.strokeStyle, [this.#at, this.#scale], path.shape);
    } else this.#add("line", this.strokeStyle, path.points);
  }

  fill(path: FakePath = this.#path): void {
    if (this.#dot && path.shape === "") this.#add("dot", this.fillStyle, path.points);
    else this.#add("filled shape", this.fillStyle, [this.#at, this.#scale], path.shape);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#add("box", this.fillStyle, [[x, y], [width, height]]);
  }

  fillText(text: string, x: number, y: number): void {
    this.#add("text", this.fillStyle, [[x, y]], `${text} (${this.textAlign})`);
  }

  #add(what: Drawn["what"], colour: string, points: readonly Point[], text = ""): void {
    const { globalAlpha: alpha, lineWidth } = this;
    this.drawn.push({ what, colour, alpha, lineWidth, dash: [...this.#dash], points, text });
  }
}

interface Scale {
  readonly min: number;
  readonly max: number;
}

interface Cursor {
  readonly left: number;
  readonly top: number;
}

/** A plot that answers as uPlot does, and tells its hook when the cursor moves. */
export class FakePlot {
  /** The newest one. */
  static last: FakePlot;
  readonly ctx = new FakeContext();
  readonly bbox = { left: 100, top: 20, width: 2000, height: 1000 };
  readonly scales: Record<"x" | "y", Scale> = {
    x: { min: 0, max: 100 },
    y: { min: 0, max: 2000 },
  };
  /** What was appended to the area: the dot of the cursor. */
  readonly over: { readonly parts: FakeElement[]; append(part: FakeElement): void } = {
    parts: [],
    append(part) {
      this.parts.push(part);
    },
  };
  cursor: Cursor = { left: -10, top: -10 };
  select = { left: 0, top: 0, width: 0, height: 0 };
  width = 1050;
  height = 520;
  redraws = 0;

  // deno-lint-ignore no-explicit-any -- uPlot's options need the types of a browser
  constructor(readonly options: any = {}) {
    FakePlot.last = this;
  }

  setScale(name: "x" | "y", scale: Scale): void {
    this.scales[name] = scale;
  }

  setCursor(cursor: Cursor): void {
    this.cursor = cursor;
    this.options.hooks.setCursor[0](this);
  }

  setSelect(select: FakePlot["select"]): void {
    this.select = select;
  }

  setSize({ width, height }: { readonly width: number; readonly height: number }): void {
    Object.assign(this, { width, height });
  }

  batch(action: () => void): void {
    action();
  }

  redraw(): void {
    this.redraws++;
  }

  valToPos(value: number, name: "x" | "y", ofCanvas = false): number {
    const { min, max } = this.scales[name];
    const share = (value - min) / (max - min);
    const place = name === "x" ? share * 1000 : (1 - share) * 500;
    return ofCanvas ? place * 2 + (name === "x" ? 100 : 20) : place;
  }

  posToVal(place: number, name: "x" | "y", ofCanvas = false): number {
    const { min, max } = this.scales[name];
    const inArea = ofCanvas ? (place - (name === "x" ? 100 : 20)) / 2 : place;
    const share = name === "x" ? inArea / 1000 : 1 - inArea / 500;
    return min + share * (max - min);
  }
}

interface FakeElement {
  readonly style: { transform?: string };
  hidden: boolean;
}

/** Puts plot, paths and elements where scripts of a page look for them. */
export function fakePage(): void {
  const createElement = (): FakeElement => ({ style: {}, hidden: false });
  Object.assign(globalThis, { Path2D: FakePath, uPlot: FakePlot, document: { createElement } });
}
