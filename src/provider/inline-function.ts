import { readFileSync } from 'fs';
import { join } from 'path';
import { CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, IGrantable, IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { addDependency } from '../core/resources';

/** A function of which each stack that uses it has one. */
export interface FunctionKind {
  /** Its id in the stack, unless the app has taken it, from which its logical ids come. */
  readonly id: string;
  readonly description: string;
  /** The files of its code below `code/`, put together in this order. */
  readonly code: string[];
}

/** The longest that a function may run. */
export const FUNCTION_TIMEOUT = Duration.minutes(15);

/** How long CloudFormation waits for a function that never answers: its own default is an hour. */
export const SERVICE_TIMEOUT = Duration.minutes(20);

const MEMORY = 256;

/** The code of a function as it stands in the template: the files as they are, which the tests run. */
export function functionCode(kind: FunctionKind): string {
  return kind.code.map((file) => readFileSync(join(__dirname, '..', 'provider', 'code', file), 'utf8')).join('\n');
}

/**
 * A function of this library in a stack: inline, with the newest Node.js and the SDK that is in it, a log that is kept
 * for a month, and a role that may do nothing but write there, until it is given more.
 */
export class InlineFunction extends Construct implements IGrantable {
  /** The function of a kind in the stack of a scope, made when it is first asked for. */
  public static of(scope: Construct, kind: FunctionKind): InlineFunction {
    const stack = Stack.of(scope);
    for (let id = kind.id; ; id += 'Function') {
      // What the app has given this id is no such function, which takes another id then.
      const there = stack.node.tryFindChild(id);
      if (there === undefined) {
        return new InlineFunction(stack, id, kind);
      }
      if (there instanceof InlineFunction) {
        return there;
      }
    }
  }

  public readonly role: Role;
  public readonly function: Function;

  private constructor(stack: Stack, id: string, kind: FunctionKind) {
    super(stack, id);
    // Loaded here and not above, for those who have no such function.
    const lambda: typeof import('aws-cdk-lib/aws-lambda') = require('aws-cdk-lib/aws-lambda');
    const logs: typeof import('aws-cdk-lib/aws-logs') = require('aws-cdk-lib/aws-logs');
    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.function = new lambda.Function(this, 'Function', {
      description: kind.description,
      runtime: lambda.determineLatestNodeRuntime(this),
      handler: 'index.handler',
      code: lambda.Code.fromInline(functionCode(kind)),
      role: this.role,
      logGroup,
      timeout: FUNCTION_TIMEOUT,
      memorySize: MEMORY,
    });
    // CDK sees to it as well, unless the function is made when CDK has collected what depends on what.
    this.waitFor(this.role.node.findChild('DefaultPolicy').node.defaultChild as CfnResource);
  }

  public get grantPrincipal(): IPrincipal {
    return this.role;
  }

  /** Allows the function some actions. */
  public allow(actions: string[], resourceArns: string[], conditions?: Record<string, Record<string, unknown>>): void {
    Grant.addToPrincipal({ grantee: this, actions, resourceArns, conditions });
  }

  /** Makes the function wait for a resource. */
  public waitFor(resource: CfnResource): void {
    addDependency(this.function.node.defaultChild as CfnResource, resource);
  }
}
