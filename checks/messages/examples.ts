import { readFileSync, readdirSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';
import { ADMISSION } from './examples/admission';
import { CACHES } from './examples/caches';
import { IMAGES } from './examples/images';
import { POLICIES } from './examples/policies';
import { RULES } from './examples/rules';
import { TEMPLATES } from './examples/templates';
import { UPSTREAMS } from './examples/upstreams';
import type { Explanations } from './explanation';

/** What is explained, by the id. */
export const EXPLANATIONS: Explanations = {
  ...IMAGES,
  ...UPSTREAMS,
  ...RULES,
  ...CACHES,
  ...TEMPLATES,
  ...POLICIES,
  ...ADMISSION,
};

const DIRECTORY = join(__dirname, 'examples');

/** The programs as they are written, by the id. */
export function programs(): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(DIRECTORY)) {
    const text = readFileSync(join(DIRECTORY, name), 'utf8');
    const visit = (node: ts.Node): void => {
      if (
        ts.isMethodDeclaration(node) &&
        node.name.getText() === 'example' &&
        ts.isPropertyAssignment(node.parent.parent)
      ) {
        found.set((node.parent.parent.name as ts.StringLiteral).text, statements(node.body!));
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  }
  return found;
}

/** What is between the braces, moved to the left. */
function statements(body: ts.Block): string {
  const lines = body.getText().slice(1, -1).trimEnd().split('\n').slice(1);
  const indent = lines[0].search(/\S/);
  return lines.map((line) => line.slice(indent)).join('\n');
}
