import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** The code of the only function of a template that is inline, as it stands there. */
export function inlineCode(stack: Stack): string {
  const functions = Object.values<any>(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  const [code, ...others] = functions.flatMap(({ Properties }) => Properties.Code.ZipFile ?? []);
  expect(others).toEqual([]);
  return code;
}

/** An exception as the SDK throws it. */
export function exception(name: string, message = `${name} of the test`): Error {
  return Object.assign(new Error(message), { name });
}

/** What a service answers to a command: a value, or an exception that is thrown. */
export type Service = (command: string, input: any) => unknown;

export interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
  readonly Data?: Record<string, string>;
}

export interface Invocation {
  /** What was told to CloudFormation. */
  readonly answer: Answer;
  /** The names of the calls, in their order. */
  readonly calls: string[];
  /** How long the function ran, by its own clock. */
  readonly seconds: number;
}

/** Of the options of a client of the SDK, those that say how long a call may take. */
interface ClientOptions {
  readonly maxAttempts?: number;
  readonly requestHandler?: { readonly requestTimeout?: number };
}

const FUNCTION_SECONDS = 900;

/**
 * Runs the code of a function with services that a test plays, also several times in one process, as Lambda does after
 * a failure. Its clock goes as fast as it waits.
 */
export async function invoke(
  code: string,
  event: object,
  service: Service,
  runs = 1,
): Promise<Invocation & { returned: any }> {
  const calls: string[] = [];
  let now = 1_800_000_000_000;
  const start = now;
  let answer: Answer | undefined;
  const sdk = new Proxy(
    {},
    {
      get: (_, name: string) =>
        name.endsWith('Client')
          ? class {
              constructor({ maxAttempts, requestHandler }: ClientOptions) {
                // A call that gets no answer ends, and what is kept for the answer of the function is enough for one.
                expect(maxAttempts).toBe(1);
                expect(requestHandler?.requestTimeout).toBeLessThanOrEqual(30_000);
              }

              public async send({ command, input }: { command: string; input: any }) {
                calls.push(command);
                now += 100;
                const answered = service(command, JSON.parse(JSON.stringify(input)));
                if (answered instanceof Error) {
                  throw answered;
                }
                return answered;
              }
            }
          : class {
              public readonly command = name.replace(/Command$/, '');
              constructor(public readonly input: any) {}
            },
    },
  );
  const load = (name: string) => {
    expect(name).toMatch(/^@aws-sdk\/client-/);
    return sdk;
  };
  const wait = (done: () => void, milliseconds: number) => {
    now += milliseconds;
    setImmediate(done);
  };
  const put = async (url: string, given: { method: string; headers: object; body: string }) => {
    expect([url, given.method, given.headers]).toEqual(['https://answer.example', 'PUT', { 'content-type': '' }]);
    expect(Buffer.byteLength(given.body)).toBeLessThanOrEqual(4096);
    answer = JSON.parse(given.body);
    return { ok: true, status: 200 };
  };
  const exported: any = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  new Function('require', 'exports', 'setTimeout', 'Date', 'fetch', 'console', 'process', code)(
    load,
    exported,
    wait,
    { now: () => now },
    put,
    { log: () => {}, error: () => {} },
    { env: { AWS_LAMBDA_FUNCTION_NAME: 'watch' } },
  );
  let returned: any;
  for (let run = 0; run < runs; run += 1) {
    returned = await exported.handler(event, {
      getRemainingTimeInMillis: () => FUNCTION_SECONDS * 1000 - (now - start),
    });
  }
  return { answer: answer!, calls, seconds: Math.round((now - start) / 1000), returned };
}

/** A request of CloudFormation, with properties as it sends them: all of them text. */
export function request(type: 'Create' | 'Update' | 'Delete', properties: object, rest: object = {}): object {
  return {
    RequestType: type,
    RequestId: 'request',
    StackId: 'stack',
    LogicalResourceId: 'Image',
    ResponseURL: 'https://answer.example',
    ...(type === 'Create' ? {} : { PhysicalResourceId: 'before' }),
    ...rest,
    ResourceProperties: { ServiceToken: 'function', ...properties },
  };
}
