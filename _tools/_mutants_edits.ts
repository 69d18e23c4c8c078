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
  readonly SyntaxKind: Readonly<Record<string, number>>;
  createSourceFile(path: string, text: string, target: number, setParents: boolean):
    & SyntaxNode
    & { readonly parseDiagnostics: readonly unknown[] };
  forEachChild(node: SyntaxNode, visit: (child: SyntaxNode) => void): void;
  isTypeNode(node: SyntaxNode): boolean;
}

/** A change of the characters `start` to `end` of a source. */
export interface Edit {
  /** What is changed: "comparison", "number", "jump" and so on. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

const ESNEXT = 99;

/** Binary operators: the kind of the edit, and what takes their place. */
const BINARY: Readonly<Record<string, readonly [kind: string, ...replacements: string[]]>> = {
  "<": ["comparison", "<=", ">="],
  "<=": ["comparison", "<", ">"],
  ">": ["comparison", ">=", "<="],
  ">=": ["comparison", ">", "<"],
  "===": ["equality", "!=="],
  "!==": ["equality", "==="],
  "+": ["arithmetic", "-"],
  "-": ["arithmetic", "+"],
  "*": ["arithmetic", "/"],
  "/": ["arithmetic", "*"],
  "%": ["arithmetic", "*"],
  "<<": ["bits", ">>"],
  ">>": ["bits", "<<"],
  ">>>": ["bits", ">>", "<<"],
  "&": ["bits", "|"],
  "|": ["bits", "&"],
  "^": ["bits", "|"],
  "&&": ["logic", "||"],
  "||": ["logic", "&&"],
  "??": ["logic", "||"],
  "+=": ["assignment", "=", "-="],
  "-=": ["assignment", "=", "+="],
  "*=": ["assignment", "="],
  "|=": ["assignment", "=", "&="],
  "&=": ["assignment", "=", "|="],
  "^=": ["assignment", "="],
  "<<=": ["assignment", "="],
  ">>=": ["assignment", "="],
  ">>>=": ["assignment", "=", ">>="],
  "??=": ["assignment", "="],
  "||=": ["assignment", "="],
  "&&=": ["assignment", "="],
};

/** Methods that are called in place of others. */
const METHODS: Readonly<Record<string, string>> = {
  min: "max",
  max: "min",
  floor: "ceil",
  ceil: "floor",
  trunc: "ceil",
  round: "floor",
  shift: "pop",
  pop: "shift",
  push: "unshift",
  unshift: "push",
  some: "every",
  every: "some",
  find: "findLast",
  findLast: "find",
  indexOf: "lastIndexOf",
  lastIndexOf: "indexOf",
  startsWith: "endsWith",
  endsWith: "startsWith",
  padStart: "padEnd",
  padEnd: "padStart",
};

/** Methods that are left out: `list.sort()` becomes `list`. */
const LEFT_OUT =
  /^(?:filter|reverse|sort|toReversed|toSorted|trim|trimEnd|trimStart|toLowerCase|toUpperCase)$/;

/**
 * Lists all edits of a source, in its order. Types, imports, texts of errors and what goes to the
 * console stay as they are.
 *
 * @param ts The package `typescript`.
 */
export function findEdits(ts: TypeScript, source: string): Edit[] {
  const { SyntaxKind } = ts;
  const edits: Edit[] = [];
  const statements = new Set([
    SyntaxKind.ReturnStatement,
    SyntaxKind.ContinueStatement,
    SyntaxKind.BreakStatement,
    SyntaxKind.ThrowStatement,
  ]);
  const noCode = new Set([
    SyntaxKind.ImportDeclaration,
    SyntaxKind.ExportDeclaration,
    SyntaxKind.InterfaceDeclaration,
    SyntaxKind.TypeAliasDeclaration,
    SyntaxKind.ThrowStatement,
  ]);
  const conditions = new Set([
    SyntaxKind.IfStatement,
    SyntaxKind.WhileStatement,
    SyntaxKind.DoStatement,
    SyntaxKind.ForStatement,
    SyntaxKind.ConditionalExpression,
  ]);

  function edit(kind: string, start: number, end: number, ...replacements: string[]): void {
    for (const replacement of replacements) edits.push({ kind, start, end, replacement });
  }

  function visit(node: SyntaxNode): void {
    const start = node.getStart();
    if (ts.isTypeNode(node)) return;
    if (statements.has(node.kind) && !endsFunction(node)) edit("jump", start, node.end, ";");
    if (noCode.has(node.kind) || isError(node) || isConsole(node)) return;
    if (conditions.has(node.kind)) editCondition(node);
    else if (node.kind === SyntaxKind.ExpressionStatement) editStatement(node, start);
    else if (node.kind === SyntaxKind.BinaryExpression) editBinary(node);
    else if (node.kind === SyntaxKind.CallExpression) editCall(node);
    else if (node.operand !== undefined) editUnary(node, start);
    else editLiteral(node, start);
    if (node.questionDotToken !== undefined) {
      const dot = node.name === undefined ? "" : ".";
      edit("optional", node.questionDotToken.getStart(), node.questionDotToken.end, dot);
    }
    ts.forEachChild(node, visit);
  }

  /** A `return` that ends a function is not left out: the answer would be missing altogether. */
  function endsFunction({ kind, parent, end }: SyntaxNode): boolean {
    return kind === SyntaxKind.ReturnStatement && parent.kind === SyntaxKind.Block &&
      parent.parent.kind !== SyntaxKind.IfStatement &&
      /^\s*\}$/.test(source.slice(end, parent.end));
  }

  function isError({ kind, expression }: SyntaxNode): boolean {
    return kind === SyntaxKind.NewExpression && /Error$/.test(expression!.getText());
  }

  function isConsole({ kind, expression }: SyntaxNode): boolean {
    return kind === SyntaxKind.CallExpression && /^console\b/.test(expression!.getText());
  }

  function editCondition(node: SyntaxNode): void {
    const condition = node.condition ?? node.expression;
    if (condition === undefined) return;
    const loops = node.kind !== SyntaxKind.IfStatement &&
      node.kind !== SyntaxKind.ConditionalExpression;
    edit("condition", condition.getStart(), condition.end, "false", ...(loops ? [] : ["true"]));
  }

  function editStatement(node: SyntaxNode, start: number): void {
    const text = node.getText();
    if (!/^(?:super\b|console\b|["'])/.test(text)) edit("statement", start, node.end, ";");
  }

  function editBinary({ left, right, operatorToken }: SyntaxNode): void {
    const operator = operatorToken!.getText();
    const [kind, ...replacements] = BINARY[operator] ?? [""];
    const joinsTexts = operator === "+" && /["'`]/.test(left!.getText() + right!.getText());
    if (joinsTexts) return;
    edit(kind, operatorToken!.getStart(), operatorToken!.end, ...replacements);
    if (operator === "??") edit("logic", left!.end, right!.end, "");
  }

  function editCall({ expression, arguments: [, second] = [], ...node }: SyntaxNode): void {
    const name = expression!.name;
    const method = name?.getText() ?? "";
    if (METHODS[method] !== undefined) edit("method", name!.getStart(), name!.end, METHODS[method]);
    if (LEFT_OUT.test(method)) edit("method", expression!.expression!.end, node.end, "");
    if (second !== undefined && /^(?:slice|subarray|substring)$/.test(method)) {
      edit("bound", second.getStart(), second.end, "undefined");
    }
  }

  function editUnary({ operand, end }: SyntaxNode, start: number): void {
    const before = source.slice(start, operand!.getStart());
    const after = source.slice(operand!.end, end);
    const operator = before === "" ? after : before;
    const other = operator === "++" ? "--" : operator === "--" ? "++" : "";
    if (before === "") edit("unary", operand!.end, end, other);
    else edit("unary", start, operand!.getStart(), other);
  }

  function editLiteral(node: SyntaxNode, start: number): void {
    const replacements = (): string[] => {
      switch (node.kind) {
        case SyntaxKind.TrueKeyword:
          return ["false"];
        case SyntaxKind.FalseKeyword:
          return ["true"];
        case SyntaxKind.NumericLiteral:
        case SyntaxKind.BigIntLiteral:
          return otherNumbers(node.getText());
        case SyntaxKind.StringLiteral:
          return isCompared(node) ? [`${node.getText().slice(0, -1)}?"`] : [];
      }
      return [];
    };
    const kind = node.kind === SyntaxKind.StringLiteral ? "text" : "constant";
    edit(kind, start, node.end, ...replacements());
  }

  function isCompared({ parent }: SyntaxNode): boolean {
    return parent.kind === SyntaxKind.CaseClause ||
      /^[=!]==$/.test(parent.operatorToken?.getText() ?? "");
  }

  ts.forEachChild(ts.createSourceFile("source.ts", source, ESNEXT, true), visit);
  return edits;
}

/** Source after an edit. */
export function applyEdit(source: string, { start, end, replacement }: Edit): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

/** Whether a source can be parsed. */
export function isParsed(ts: TypeScript, source: string): boolean {
  return ts.createSourceFile("source.ts", source, ESNEXT, true).parseDiagnostics.length === 0;
}

/** One more, one less, and zero. */
function otherNumbers(text: string): string[] {
  const digits = text.replace(/n$|_/g, "");
  const suffix = text.endsWith("n") ? "n" : "";
  if (!/^(?:\d+|0x[\da-f]+|0b[01]+)$/i.test(digits)) return ["0"];
  const value = BigInt(digits);
  const others = new Set([value + 1n, value - 1n, 0n].filter((other) => other !== value));
  return [...others].filter((other) => other >= 0n).map((other) => `${other}${suffix}`);
}
