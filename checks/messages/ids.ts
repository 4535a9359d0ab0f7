import { join } from 'path';
import * as ts from 'typescript';
import { ROOT } from '../support/run';

/** An id as it stands in src. */
export interface FoundId {
  readonly id: string;
  readonly kind: 'Error' | 'Warning';
  /** What the code says at the place, with `…` for what is known only when it runs. */
  readonly text: string;
}

/** The ids in src, in the order of the code, and what keeps others from being found. */
export interface FoundIds {
  readonly ids: FoundId[];
  readonly problems: string[];
}

/**
 * Finds every id in src by its type: each is a literal where a `MessageId` is asked for, however it gets there. An id
 * that is put together, or made one by a cast, would not be found, and is a problem.
 */
export function idsOfSource(): FoundIds {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.dev.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram([join(ROOT, 'src', 'index.ts')], options);
  const checker = program.getTypeChecker();
  const messageId = typeOfIds(program, checker);
  const ids: FoundId[] = [];
  const problems: string[] = [];
  const visit = (node: ts.Node): void => {
    const isAsked = isIdOfProblem(node) || (ts.isExpression(node) && checker.getContextualType(node) === messageId);
    if (isAsked && ts.isStringLiteralLike(node)) {
      ids.push({ id: node.text, ...saidAt(node) });
    } else if (isMade(node) && (isAsked || checker.getTypeAtLocation(node) === messageId)) {
      problems.push(`${placeOf(node)}: an id is made here: write it as a literal`);
    }
    ts.forEachChild(node, visit);
  };
  program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(join(ROOT, 'src')))
    .forEach(visit);
  return { ids, problems };
}

function typeOfIds(program: ts.Program, checker: ts.TypeChecker): ts.Type {
  const file = program.getSourceFile(join(ROOT, 'src', 'core', 'message-id.ts'))!;
  return checker.getTypeAtLocation(file.statements.find(ts.isTypeAliasDeclaration)!);
}

/** The compiler infers the type of some problems, and does not ask for one: those are told by their parts. */
function isIdOfProblem(node: ts.Node): boolean {
  const { parent } = node;
  if (!parent || !ts.isPropertyAssignment(parent) || parent.initializer !== node || parent.name.getText() !== 'id') {
    return false;
  }
  const names = parent.parent.properties.map(({ name }) => name?.getText());
  return names.includes('what') && names.includes('fix');
}

/** A text that is put together, or taken for an id by a cast. */
function isMade(node: ts.Node): boolean {
  return ts.isTemplateExpression(node) || ts.isAsExpression(node) || ts.isTypeAssertionExpression(node);
}

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

function saidAt(node: ts.Node): { kind: FoundId['kind']; text: string } {
  const { parent } = node;
  if (ts.isCallExpression(parent) && parent.expression.getText() === 'warn') {
    return { kind: 'Warning', text: textOf(parent.arguments[2]) };
  }
  const parts = ts.isPropertyAssignment(parent) ? parent.parent.properties.filter(ts.isPropertyAssignment) : [];
  const part = (name: string) => parts.find((one) => one.name.getText() === name)?.initializer;
  return { kind: 'Error', text: `${textOf(part('what'))}; to fix: ${textOf(part('fix'))}` };
}

function textOf(node: ts.Expression | undefined): string {
  if (node === undefined) {
    return '…';
  }
  if (ts.isStringLiteralLike(node)) {
    return node.text;
  }
  if (ts.isBinaryExpression(node)) {
    return textOf(node.left) + textOf(node.right);
  }
  return ts.isTemplateExpression(node)
    ? node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
    : '…';
}
