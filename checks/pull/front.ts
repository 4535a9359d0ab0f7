import { createServer, IncomingMessage, Server, ServerResponse } from 'http';
import { ask, NamedPolicy } from '../../test/support/simulate';
import { Account, ACCOUNT, byLongestPrefix, REGION, repositoryPolicy, Rule } from '../account/account';

/** Who pulls. */
export interface Puller {
  readonly arn: string;
  readonly policies: NamedPolicy[];
}

/** What an upstream registry wants to be told. */
export type Credentials = Record<string, { username: string; accessToken: string }>;

/** An answer in the words of ECR. */
export class Refusal extends Error {
  constructor(
    public readonly status: number,
    public readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const MANIFESTS = ['application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.manifest.v1+json'].join(
  ', ',
);

/**
 * The registry of an account as ECR serves it to container clients: pulls go through the rules, templates and policies
 * that were deployed, and every request is put to a simulation of IAM.
 */
export class Front {
  /** What each pull had from upstream, in the order of the requests. */
  public readonly imports: string[] = [];
  private readonly pullers = new Map<string, Puller>();
  /** Tags and digests that are cached, by repository. */
  private readonly cached = new Map<string, Set<string>>();
  private server?: Server;

  /**
   * @param account with the deployed rules
   * @param upstream the registry that stands for all upstreams, each below its host
   * @param credentials what upstreams want, by host
   */
  constructor(
    protected readonly account: Account,
    protected readonly upstream: string,
    private readonly credentials: Credentials,
  ) {}

  public async listen(port: number): Promise<void> {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error) => {
        const { status = 500, code = 'UNKNOWN', message } = error;
        response.writeHead(status, {
          'Content-Type': 'application/json',
          ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="ECR"' } : {}),
        });
        response.end(JSON.stringify({ errors: [{ code, message }] }));
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(port, '127.0.0.1', resolve));
  }

  /** What `aws ecr get-login-password` gives; nothing for those who may not. */
  public async signIn(puller: Puller): Promise<string | undefined> {
    if (!(await this.may(puller, 'ecr:GetAuthorizationToken', '*'))) {
      return undefined;
    }
    const password = Buffer.from(puller.arn).toString('base64url');
    this.pullers.set(password, puller);
    return password;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, password = ''] = Buffer.from(/^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '', 'base64')
      .toString()
      .split(':');
    const puller = this.pullers.get(password);
    if (puller === undefined) {
      throw new Refusal(401, 'UNAUTHORIZED', 'Not Authorized');
    }
    const [, repository, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '') ?? [];
    if (repository === undefined) {
      response.writeHead(200).end('{}');
      return;
    }
    if (kind === 'manifests') {
      await this.bring(puller, repository, reference);
      await this.demand(puller, repository, 'ecr:BatchGetImage');
    } else {
      await this.demand(
        puller,
        repository,
        request.method === 'HEAD' ? 'ecr:BatchCheckLayerAvailability' : 'ecr:GetDownloadUrlForLayer',
      );
    }
    await this.relay(repository, `${kind}/${reference}`, request.method!, response);
  }

  /** Has an image in the cache: a pull of one that is not there needs more permissions. */
  private async bring(puller: Puller, repository: string, reference: string): Promise<void> {
    if (this.cached.get(repository)?.has(reference)) {
      return;
    }
    const rule = await this.ruleOf(repository);
    const exists = this.cached.has(repository);
    const missing = exists
      ? new Refusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found')
      : new Refusal(
          404,
          'NAME_UNKNOWN',
          `The repository with name '${repository}' does not exist in the registry with id '${ACCOUNT}'`,
        );
    if (rule === undefined) {
      throw missing;
    }
    const needed = exists ? ['ecr:BatchImportUpstreamImage'] : ['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage'];
    for (const action of needed) {
      if (
        !(await this.may(
          puller,
          action,
          arnOf(repository),
          action === 'ecr:CreateRepository' ? [] : await this.repositoryPolicies(repository),
        ))
      ) {
        throw missing;
      }
    }
    await this.signInUpstream(rule);
    const path = this.upstreamPath(rule, repository);
    // Docker Hub knows no repository without a namespace, and says so by refusing.
    if (rule.upstreamRegistryUrl === 'registry-1.docker.io' && path.split('/').length === 2) {
      throw new Refusal(403, 'DENIED', `The upstream registry denied access to ${path}`);
    }
    const answer = await fetch(`${this.upstream}/v2/${path}/manifests/${reference}`, {
      headers: { Accept: MANIFESTS },
    });
    if (answer.status !== 200) {
      throw missing;
    }
    const digest = answer.headers.get('docker-content-digest')!;
    this.imports.push(`${path} ${reference} ${digest}`);
    if (!exists) {
      await this.createRepository(repository);
    }
    const children = (((await answer.json()) as any).manifests ?? []).map((child: any) => child.digest);
    this.cached.set(repository, new Set([...(this.cached.get(repository) ?? []), reference, digest, ...children]));
  }

  protected async ruleOf(repository: string): Promise<Rule | undefined> {
    return byLongestPrefix(await this.account.rules(), ({ ecrRepositoryPrefix }) => ecrRepositoryPrefix, repository);
  }

  protected upstreamPath(rule: Rule, repository: string): string {
    const { ecrRepositoryPrefix: prefix, upstreamRepositoryPrefix, upstreamRegistryUrl } = rule;
    const rest = prefix === 'ROOT' ? repository : repository.slice(prefix.length + 1);
    return [upstreamRegistryUrl, ...(upstreamRepositoryPrefix === 'ROOT' ? [] : [upstreamRepositoryPrefix]), rest].join(
      '/',
    );
  }

  protected async signInUpstream(rule: Rule): Promise<void> {
    const wanted = this.credentials[rule.upstreamRegistryUrl];
    const given = rule.credentialArn && (await this.account.secretValue(rule.credentialArn));
    if (wanted && (given?.username !== wanted.username || given?.accessToken !== wanted.accessToken)) {
      throw new Refusal(
        403,
        'DENIED',
        `The credentials for the upstream registry ${rule.upstreamRegistryUrl} are not valid`,
      );
    }
  }

  protected async createRepository(repositoryName: string): Promise<void> {
    const template = await this.account.templateFor(repositoryName);
    await this.account.call('ecr', 'CreateRepository', { repositoryName, tags: template?.resourceTags });
    if (template?.repositoryPolicy) {
      await this.account.call('ecr', 'SetRepositoryPolicy', { repositoryName, policyText: template.repositoryPolicy });
    }
  }

  private async demand(puller: Puller, repository: string, action: string): Promise<void> {
    if (!(await this.may(puller, action, arnOf(repository), await this.repositoryPolicies(repository)))) {
      throw new Refusal(
        403,
        'DENIED',
        `User: ${puller.arn} is not authorized to perform: ${action} on resource: ${arnOf(repository)}`,
      );
    }
  }

  private async repositoryPolicies(repositoryName: string): Promise<any[]> {
    const answer = await this.account.call('ecr', 'GetRepositoryPolicy', { repositoryName }).catch(() => undefined);
    if (answer === undefined) {
      return [];
    }
    return [repositoryPolicy(answer.policyText, arnOf(repositoryName))];
  }

  protected async may(puller: Puller, action: string, resource: string, policies: any[] = []): Promise<boolean> {
    const registry = await this.account.registryPolicies();
    const resourcePolicies = resource === '*' ? [] : [...policies, ...registry];
    const resourceAccount = resource === '*' ? puller.arn.split(':')[4] : ACCOUNT;
    return (
      (await ask({
        principal: puller.arn,
        identityPolicies: puller.policies,
        action,
        resource,
        resourceAccount,
        resourcePolicies,
      })) === 'Allowed'
    );
  }

  private async relay(repository: string, path: string, method: string, response: ServerResponse): Promise<void> {
    const rule = await this.ruleOf(repository);
    const answer = await fetch(`${this.upstream}/v2/${this.upstreamPath(rule!, repository)}/${path}`, {
      method,
      headers: { Accept: MANIFESTS },
    });
    const headers = Object.fromEntries(
      ['content-type', 'content-length', 'docker-content-digest'].flatMap((name) => {
        const value = answer.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  }
}

export function arnOf(repository: string): string {
  return `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${repository}`;
}
