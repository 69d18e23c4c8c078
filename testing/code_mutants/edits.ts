/** A node of TypeScript's syntax tree, as far as it is used here. */
export interface SyntaxNode {
  readonly kind: number;
  readonly end: number;
  readonly parent: SyntaxNode;
  /** Where the code of the node starts, after spaces and comments. */
  getStart(): number;
  getText(): string;
  readonly left?: SyntaxNode;
  readonly right?: SyntaxNode;
  readonly operatorToken?: SyntaxNode;
  readonly operand?: SyntaxNode;
  readonly expression?: SyntaxNode;
  readonly condition?: SyntaxNode;
  readonly name?: SyntaxNode;
  readonly arguments?: readonly SyntaxNode[];
  readonly questionDotToken?: SyntaxNode;
}

/** What is used of the package `typescript`. */
export interface TypeScript {
  /** Numbers of the kinds of nodes, by name. */
  readonly SyntaxKind: Readonly<Record<string, number>>;
  createSourceFile(path: string, text: string, target: number, setParents: boolean):
    & SyntaxNode
    & { readonly parseDiagnostics: readonly unknown[] };
  forEachChild(node: SyntaxNode, visit: (child: SyntaxNode) => void): void;
  isTypeNode(node: SyntaxNode): boolean;
}

/** A change of the characters `start` to `end` of a source. */
export interface Edit {
  /** What is changed: "comparison", "constant", "jump" and so on. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Operators and methods, each with what takes its place, by kind. */
const WORDS = {
  comparison: "< <=, < >=, <= <, <= >, > >=, > <=, >= >, >= <",
  equality: "=== !==, !== ===",
  arithmetic: "+ -, - +, * /, / *, % *",
  bits: "<< >>, >> <<, >>> >>, >>> <<, & |, | &, ^ |",
  logic: "&& ||, || &&, ?? ||",
  assignment:
    "+= =, += -=, -= =, -= +=, *= =, |= =, |= &=, &= =, ^= =, <<= =, >>= =, >>>= =, ??= =",
  method:
    "min max, max min, floor ceil, ceil floor, trunc ceil, round floor, shift pop, pop shift, " +
    "push unshift, unshift push, some every, every some, find findLast, findLast find, " +
    "indexOf lastIndexOf, lastIndexOf indexOf, startsWith endsWith, endsWith startsWith, " +
    "padStart padEnd, padEnd padStart",
};
const SWAPS = Object.entries(WORDS).flatMap(([kind, pairs]) =>
  pairs.split(", ").map((pair) => [kind, ...pair.split(" ")] as [string, string, string])
);

/** Methods that are left out: `list.sort()` becomes `list`. */
const LEFT_OUT = /^(?:filter|reverse|sort|toReversed|toSorted|trim\w*|toLowerCase|toUpperCase)$/;

/**
 * Lists the edits of a source; a few leave what cannot be parsed. Types, imports, texts of errors and what goes to the
 * console stay as they are.
 *
 * @param ts The package `typescript`.
 */
export function findEdits(ts: TypeScript, source: string): Edit[] {
  const Kind = ts.SyntaxKind;
  const edits: Edit[] = [];

  function edit(kind: string, start: number, end: number, ...replacements: string[]): void {
    for (const replacement of replacements) edits.push({ kind, start, end, replacement });
  }

  function swap(word: SyntaxNode): void {
    const text = word.getText();
    for (const [kind, from, to] of SWAPS) {
      if (from === text) edit(kind, word.getStart(), word.end, to);
    }
  }

  function visit(node: SyntaxNode): void {
    if (ts.isTypeNode(node)) return;
    const { expression, end } = node;
    const start = node.getStart();
    switch (node.kind) {
      case Kind.ImportDeclaration:
      case Kind.ExportDeclaration:
      case Kind.InterfaceDeclaration:
      case Kind.TypeAliasDeclaration:
        return;
      case Kind.ReturnStatement:
        if (!endsFunction(node)) edit("jump", start, end, ";");
        break;
      case Kind.ContinueStatement:
      case Kind.BreakStatement:
        edit("jump", start, end, ";");
        break;
      case Kind.ThrowStatement:
        return edit("jump", start, end, ";");
      case Kind.NewExpression:
        if (/Error$/.test(expression!.getText())) return;
        break;
      case Kind.IfStatement:
        edit("condition", expression!.getStart(), expression!.end, "false", "true");
        break;
      case Kind.ConditionalExpression:
        edit("condition", node.condition!.getStart(), node.condition!.end, "false", "true");
        break;
      case Kind.WhileStatement:
        edit("condition", expression!.getStart(), expression!.end, "false");
        break;
      case Kind.ExpressionStatement:
        if (/^(?:console\b|["'])/.test(node.getText())) return;
        edit("statement", start, end, ";");
        break;
      case Kind.BinaryExpression:
        if (!joinsTexts(node)) swap(node.operatorToken!);
        if (node.operatorToken!.getText() === "??") edit("logic", node.left!.end, end, "");
        break;
      case Kind.PrefixUnaryExpression:
      case Kind.PostfixUnaryExpression:
        editUnary(node, start);
        break;
      case Kind.CallExpression:
        editCall(node);
        break;
      case Kind.TrueKeyword:
        edit("constant", start, end, "false");
        break;
      case Kind.FalseKeyword:
        edit("constant", start, end, "true");
        break;
      case Kind.NumericLiteral:
      case Kind.BigIntLiteral:
        edit("constant", start, end, ...otherNumbers(node.getText()));
        break;
      case Kind.StringLiteral:
        if (isCompared(node)) edit("text", end - 1, end, '?"');
    }
    if (node.questionDotToken !== undefined) {
      const { end } = node.questionDotToken;
      edit("optional", end - 2, end, node.name === undefined ? "" : ".");
    }
    ts.forEachChild(node, visit);
  }

  /** A `return` that ends a function stays: without it every answer is missing. */
  function endsFunction({ parent, end }: SyntaxNode): boolean {
    return parent.kind === Kind.Block && parent.parent.kind !== Kind.IfStatement &&
      /^\s*\}$/.test(source.slice(end, parent.end));
  }

  function joinsTexts({ left, operatorToken, right }: SyntaxNode): boolean {
    return operatorToken!.getText() === "+" && /["'`]/.test(left!.getText() + right!.getText());
  }

  function isCompared({ parent }: SyntaxNode): boolean {
    return parent.kind === Kind.CaseClause ||
      /^[=!]==$/.test(parent.operatorToken?.getText() ?? "");
  }

  /** Leaves out a `!`, `-` or `~`; counts the other way. */
  function editUnary({ kind, operand, end }: SyntaxNode, start: number): void {
    const isPrefix = kind === Kind.PrefixUnaryExpression;
    const [from, to] = isPrefix ? [start, operand!.getStart()] : [operand!.end, end];
    const operator = source.slice(from, to);
    edit("unary", from, to, operator === "++" ? "--" : operator === "--" ? "++" : "");
  }

  function editCall({ expression, arguments: [, second] = [], end }: SyntaxNode): void {
    const { name, expression: list } = expression!;
    if (name === undefined) return;
    swap(name);
    if (LEFT_OUT.test(name.getText())) edit("method", list!.end, end, "");
    if (second !== undefined && /^(?:slice|subarray|substring)$/.test(name.getText())) {
      edit("bound", second.getStart(), second.end, "undefined");
    }
  }

  ts.forEachChild(parse(ts, source), visit);
  return edits;
}

/** Source after an edit. */
export function applyEdit(source: string, { start, end, replacement }: Edit): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

/** Whether a source can be parsed. */
export function isParsed(ts: TypeScript, source: string): boolean {
  return parse(ts, source).parseDiagnostics.length === 0;
}

function parse(ts: TypeScript, source: string): ReturnType<TypeScript["createSourceFile"]> {
  const esnext = 99;
  return ts.createSourceFile("source.ts", source, esnext, true);
}

/** One more, one less, and zero. */
function otherNumbers(text: string): string[] {
  const suffix = text.endsWith("n") ? "n" : "";
  const digits = text.replace(/n$|_/g, "");
  if (/[.e]/.test(digits) && !/^0x/.test(digits)) return ["0"];
  const value = BigInt(digits);
  const others = [value + 1n, value - 1n, 0n].filter((other) => other !== value && other >= 0n);
  return [...new Set(others)].map((other) => `${other}${suffix}`);
}
