import { generateKeyPairSync } from 'crypto';
import { readFileSync, writeFileSync } from 'fs';
import { Agent, request } from 'https';
import { join } from 'path';
import { goProgram } from './go-program';
import { workDirectory } from '../support/check';
import { fail } from '../support/run';
import { freePort, startServer } from '../support/servers';

export interface Answer {
  readonly status: number;
  readonly body: any;
  /** The texts of the warnings that come with it. */
  readonly warnings: string[];
}

const TOKEN = 'admin-of-this-check';

/** A kube-apiserver with its etcd, on this machine and for this check alone. */
export class ApiServer {
  public static async start(): Promise<ApiServer> {
    const program = goProgram(join(__dirname, 'kube-apiserver'), 'kube-apiserver');
    const data = workDirectory('kube-apiserver');
    const file = (name: string, text: string) => {
      writeFileSync(join(data, name), text);
      return join(data, name);
    };
    const [port, etcd, peers] = [await freePort(), await freePort(), await freePort()];
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const keyFile = file('service-account.key', key.export({ type: 'pkcs8', format: 'pem' }) as string);
    const flags = {
      'bind-address': '127.0.0.1',
      'advertise-address': '127.0.0.1',
      'secure-port': String(port),
      'cert-dir': join(data, 'certificates'),
      'service-cluster-ip-range': '10.0.0.0/24',
      'token-auth-file': file('tokens.csv', `${TOKEN},admin,admin,system:masters\n`),
      'authorization-mode': 'AlwaysAllow',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': keyFile,
      'service-account-signing-key-file': keyFile,
      // There is no controller that makes service accounts.
      'disable-admission-plugins': 'ServiceAccount',
      'runtime-config': 'admissionregistration.k8s.io/v1beta1=true',
      'audit-log-path': join(data, 'audit.log'),
      'audit-policy-file': file(
        'audit.json',
        JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] }),
      ),
    };
    const log = await startServer(
      program,
      Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      { DATA: data, ETCD_PORT: String(etcd), ETCD_PEER_PORT: String(peers) },
      `http://127.0.0.1:${etcd}/health`,
    );
    const server = new ApiServer(port, data);
    await eventually(
      'kube-apiserver is ready',
      () => server.isReady().catch(() => false),
      () => log().slice(-5000),
    );
    return server;
  }

  private agent?: Agent;

  private constructor(
    private readonly port: number,
    private readonly data: string,
  ) {}

  /** The certificate and key that the server made for itself, for others on this machine. */
  public get certificate(): { cert: string; key: string } {
    const read = (name: string) => readFileSync(join(this.data, 'certificates', name), 'utf8');
    return { cert: read('apiserver.crt'), key: read('apiserver.key') };
  }

  public get auditLog(): any[] {
    return readFileSync(join(this.data, 'audit.log'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  public async call(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
    this.agent = this.agent ?? new Agent({ ca: this.certificate.cert, keepAlive: true });
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': type };
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, path, method, headers, agent: this.agent };
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (data) => {
          text += data;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            body: text.startsWith('{') ? JSON.parse(text) : text,
            // "299 - " and the text in quotes
            warnings: [...(response.headers.warning ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, quoted]) =>
              quoted.replace(/\\(.)/g, '$1'),
            ),
          }),
        );
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Makes an object, or changes it, as `kubectl apply --server-side` does. */
  public async apply(object: any, namespace?: string, dryRun = false): Promise<Answer> {
    const options = `fieldManager=check&force=true${dryRun ? '&dryRun=All' : ''}`;
    const path = `${pathOf(object, namespace)}/${object.metadata.name}?${options}`;
    return this.call('PATCH', path, object, 'application/apply-patch+yaml');
  }

  public async remove(object: any, namespace?: string): Promise<Answer> {
    return this.call('DELETE', `${pathOf(object, namespace)}/${object.metadata.name}`);
  }

  /** The server answers, and has made its first namespaces. */
  private async isReady(): Promise<boolean> {
    const ok = async (path: string) => (await this.call('GET', path)).status === 200;
    return (await ok('/readyz')) && (await ok('/api/v1/namespaces/default')) && ok('/api/v1/namespaces/kube-system');
  }
}

/** Waits until something holds, for a minute or two. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean>,
  detail: () => string = () => '',
): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (await holds()) {
      return;
    }
  }
  fail(`not so after two minutes: ${what}\n${detail()}`);
}

const CLUSTER_WIDE = /^(?:Namespace|Cluster.*|(?:Mutating|Validating).*|.*Class|CSIDriver|CustomResourceDefinition)$/;

/** Where the objects of a kind are. */
export function pathOf({ apiVersion, kind }: { apiVersion: string; kind: string }, namespace?: string): string {
  const api = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind
    .toLowerCase()
    .replace(/y$/, 'ie')
    .replace(/ss$/, 'sse')
    .replace(/(?<!s)$/, 's');
  return CLUSTER_WIDE.test(kind) ? `${api}/${plural}` : `${api}/namespaces/${namespace}/${plural}`;
}
