import * as ts from 'typescript';

/** A file of the compiled library that loads others when it gets to what is in them. */
export interface OnDemandFile {
  /** Its code, without comments and imports, where `loadedBy` says how to get what a path leads to. */
  readonly write: (loadedBy: (path: string) => string) => string;
  /** What it imports. */
  readonly imports: Set<string>;
  /** What of that it loads as soon as it runs: for base classes, and for what its constants are made of. */
  readonly atOnce: Set<string>;
}

/**
 * Has a file load others on demand, as the files of aws-cdk-lib do.
 *
 * The compiler writes `const one_1 = require("./one")` at the top, and `one_1.One` wherever it is used. Here that is
 * `room_one().One`, or whatever gets `room/one`, and nothing at the top.
 *
 * @param find what a path that the file imports means
 */
export function loadOnDemand(compiled: string, find: (path: string) => string): OnDemandFile {
  // Editors read the comments of the declarations, and those who read the code read the sources.
  const { outputText: code } = ts.transpileModule(compiled, {
    compilerOptions: { removeComments: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  const source = ts.createSourceFile('', code, ts.ScriptTarget.ES2022, true);
  const variables = new Map(source.statements.flatMap(importOf));
  const imports = new Set<string>();
  const atOnce = new Set<string>();
  const uses: [ts.Node, string][] = [];
  const changes: Change[] = source.statements
    .filter((statement) => importOf(statement).length > 0 || isForImporters(statement))
    .map((statement) => [statement.getFullStart(), statement.getEnd(), '']);
  const use = (node: ts.Node, path: string): void => {
    const found = find(path);
    imports.add(found);
    uses.push([node, found]);
    const made = classOf(node);
    if (made) {
      // `new one().One()` would be an object of `one`.
      changes.push([made.getStart(), made.getStart(), '('], [made.getEnd(), made.getEnd(), ')']);
    }
    if (isTopLevel(node)) {
      atOnce.add(found);
    }
  };
  const visit = (node: ts.Node): void => {
    const load = loadOf(node);
    if (load !== undefined) {
      use(node, load);
    } else if (ts.isIdentifier(node) && variables.has(node.text) && !isNameOfMember(node)) {
      use(node, variables.get(node.text)!);
    }
    ts.forEachChild(node, visit);
  };
  source.statements.filter((statement) => importOf(statement).length === 0).forEach(visit);
  const write: OnDemandFile['write'] = (loadedBy) =>
    changed(code, [
      ...changes,
      ...uses.map(([node, path]): Change => [node.getStart(), node.getEnd(), loadedBy(path)]),
    ]);
  return { write, imports, atOnce };
}

/** The name that code calls for a file or a package. */
export function nameOf(path: string): string {
  return path.replace(/^\//, '').replace(/[^a-zA-Z0-9]+/g, '_');
}

/** The variable and the path of `const one_1 = require("./one")`. */
function importOf(statement: ts.Statement): [string, string][] {
  const [declaration] = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
  const load = declaration?.initializer && loadOf(declaration.initializer);
  return load !== undefined && ts.isIdentifier(declaration.name) ? [[declaration.name.text, load]] : [];
}

/** The path of `require("./one")`. */
function loadOf(node: ts.Node): string | undefined {
  return ts.isCallExpression(node) && node.expression.getText() === 'require' && ts.isStringLiteral(node.arguments[0])
    ? node.arguments[0].text
    : undefined;
}

/**
 * What a bundle has once, and what others that import the file need to see first: `"use strict"`, that it was an ES
 * module, and the names of its exports, `exports.One = void 0`.
 */
function isForImporters(statement: ts.Statement): boolean {
  return (
    ts.isExpressionStatement(statement) &&
    (ts.isStringLiteral(statement.expression) ||
      /^Object\.defineProperty\(exports, "__esModule"|^(exports\.\w+ = )+void 0;$/.test(statement.getText()))
  );
}

function isNameOfMember({ parent, ...node }: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(parent) && parent.name.pos === node.pos;
}

/** Tells whether code runs as soon as its file does. */
function isTopLevel(node: ts.Node): boolean {
  if (ts.isSourceFile(node)) {
    return true;
  }
  const isLater =
    ts.isFunctionLike(node) ||
    (ts.isPropertyDeclaration(node) && !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword));
  return !isLater && isTopLevel(node.parent);
}

/** The `one_1.One` of `new one_1.One()`, where a node is its beginning. */
function classOf({ parent }: ts.Node): ts.Node | undefined {
  return ts.isPropertyAccessExpression(parent) && ts.isNewExpression(parent.parent) ? parent : undefined;
}

/** Where a text begins and ends, and what takes its place. */
type Change = [number, number, string];

function changed(code: string, changes: Change[]): string {
  return changes
    .sort(([one, end], [other, otherEnd]) => other - one || otherEnd - end)
    .reduce((text, [start, end, by]) => text.slice(0, start) + by + text.slice(end), code)
    .trim();
}
