import { spawn } from 'child_process';
import { createServer } from 'http';
import type { AddressInfo } from 'net';
import { join } from 'path';
import type { Account } from '../account/account';
import { CHECKS } from '../support/run';

export interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
  readonly Data?: Record<string, string>;
}

/** The code of a deployed function, and what it needs to run here. */
export interface DeployedFunction {
  readonly account: Account;
  readonly code: string;
  /** The name of its role. */
  readonly role: string;
  /** Where it finds ECR. */
  readonly ecr: string;
  /** How much faster its clock goes. */
  readonly speed: number;
}

/** Runs a function with a request of CloudFormation, and gives what it answers. */
export async function ask(
  { account, code, role, ecr, speed }: DeployedFunction,
  kind: 'Create' | 'Update' | 'Delete',
  properties: object,
): Promise<Answer> {
  let answer: Answer | undefined;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      answer = JSON.parse(Buffer.concat(parts).toString());
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const event = {
    RequestType: kind,
    RequestId: 'request',
    StackId: 'stack',
    LogicalResourceId: 'Image',
    PhysicalResourceId: kind === 'Create' ? undefined : 'before',
    ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ResourceProperties: properties,
  };
  const child = spawn(process.execPath, [join(CHECKS, 'account', 'function.js')], {
    env: {
      ...process.env,
      ...account.environment,
      AWS_SESSION_TOKEN: role,
      AWS_ENDPOINT_URL_ECR: ecr,
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.end(JSON.stringify({ code, event, timeout: 900, speed }));
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  await new Promise((resolve) => child.on('close', resolve));
  server.close();
  if (answer === undefined) {
    throw new Error(`the function did not answer\n${said}`);
  }
  return answer;
}
