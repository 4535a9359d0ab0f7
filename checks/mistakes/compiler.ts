import { writeFileSync } from 'fs';
import { join } from 'path';
import ts from 'typescript';
import type { Compiled } from './verdicts';
import { PACKAGE } from '../support/library';
import { CHECKS } from '../support/run';

/** What an expression may use. */
const DECLARATIONS = `
import { Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { RepositoryEncryption } from 'aws-cdk-lib/aws-ecr';
import { IRole } from 'aws-cdk-lib/aws-iam';
import {
  PullThroughCache,
  PullThroughCacheRule,
  RepositoryCreationTemplate,
  RepositoryLifecycleRule,
  RepositoryTemplateUse,
  UpstreamCredentials,
  UpstreamRegistry,
} from '${PACKAGE}';
declare const stack: Stack;
declare const role: IRole;
declare const credentials: UpstreamCredentials;
declare const upstream: UpstreamRegistry;
export const value = `;

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  types: [],
  // The expressions are in a directory without node_modules.
  paths: Object.fromEntries(
    [PACKAGE, 'aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'].map((name) => [name, [join(CHECKS, 'node_modules', name)]]),
  ),
};

/** Compiles expressions, all in one program. */
export function compile(expressions: string[], directory: string): Compiled {
  const files = expressions.map((expression, index) => {
    const file = join(directory, `expression-${index}.ts`);
    writeFileSync(file, `${DECLARATIONS}${expression};\n`);
    return file;
  });
  const program = ts.createProgram(files, OPTIONS);
  return new Map(
    files.map((file, index) => {
      const [first] = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
      return [expressions[index], first && ts.flattenDiagnosticMessageText(first.messageText, '\n').split('\n')[0]];
    }),
  );
}
