import { createServer, IncomingMessage, Server, ServerResponse } from 'http';
import type { Rule } from '../account/account';
import { arnOf, Front, MANIFESTS, Puller, Refusal } from '../pull/front';

const TARGET = 'AmazonEC2ContainerRegistry_V20150921.';

/** What a call of BatchGetImage may do without, once an image is cached. */
const IMPORT = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository', 'ecr:TagResource'];

interface ImageId {
  readonly imageTag?: string;
  readonly imageDigest?: string;
}

interface Failure {
  readonly failureCode: string;
  readonly failureReason: string;
}

/** How the import of an image goes wrong. */
export interface Trouble {
  /** What ECR says, as the code of a failure or the name of an exception. */
  readonly code?: string;
  /** How often it says so before all goes well. */
  readonly times?: number;
  /** How long the layers take, in milliseconds; `never` for layers that do not come. */
  readonly layers?: number | 'never';
}

class Exception extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * The API of ECR, as functions find it: BatchGetImage imports through the rules that were deployed, and the layers come
 * later; all else goes on to the account. Every request is put to a simulation of IAM.
 */
export class Ecr extends Front {
  /** What goes wrong, by repository. */
  public readonly troubles = new Map<string, Trouble>();
  /** The calls, as `BatchGetImage quay/org/app`. */
  public readonly calls: string[] = [];
  /** Tags that ECR looks up again, as it does after a day. */
  public readonly stale = new Set<string>();
  private readonly said = new Map<string, number>();
  private api?: Server;

  public async listenApi(port: number): Promise<void> {
    this.api = createServer((request, response) => {
      this.call(request, response).catch((error: Error) => {
        response.writeHead(400, { 'Content-Type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify({ __type: error.name, message: error.message }));
      });
    });
    await new Promise<void>((resolve) => this.api!.listen(port, '127.0.0.1', resolve));
  }

  private async call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const action = String(request.headers['x-amz-target']).replace(TARGET, '');
    const puller = await this.account.role(String(request.headers['x-amz-security-token']));
    const input = JSON.parse(body);
    const { repositoryName } = input;
    this.calls.push(`${action} ${repositoryName ?? ''}`.trim());
    const resource = repositoryName === undefined ? '*' : arnOf(repositoryName);
    if (!(await this.may(puller, `ecr:${action}`, resource))) {
      throw new Exception(
        'AccessDeniedException',
        `User: ${puller.arn} is not authorized to perform: ecr:${action} on resource: ${resource}`,
      );
    }
    const send = (status: number, answer: string) => {
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' });
      response.end(answer);
    };
    if (action === 'BatchGetImage') {
      send(200, JSON.stringify(await this.batchGetImage(puller, repositoryName, input.imageIds)));
      return;
    }
    const headers = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
    const answer = await fetch(this.account.endpoint, {
      method: 'POST',
      headers: Object.fromEntries(headers.map((name) => [name, String(request.headers[name])])),
      body,
    });
    send(answer.status, await answer.text());
  }

  private async batchGetImage(puller: Puller, repository: string, imageIds: ImageId[]): Promise<object> {
    const trouble = this.troubles.get(repository) ?? {};
    const said = this.said.get(repository) ?? 0;
    if (trouble.code !== undefined && said < (trouble.times ?? Infinity)) {
      this.said.set(repository, said + 1);
      if (/Exception$/.test(trouble.code)) {
        throw new Exception(trouble.code, 'trouble of the check');
      }
      return { images: [], failures: imageIds.map((imageId) => ({ imageId, ...failure(trouble.code!) })) };
    }
    const images: object[] = [];
    const failures: object[] = [];
    for (const imageId of imageIds) {
      const found =
        (await this.cachedImage(repository, imageId)) ?? (await this.importImage(puller, repository, imageId, trouble));
      if ('failureCode' in found) {
        failures.push({ imageId, ...found });
      } else {
        images.push({ repositoryName: repository, ...found });
      }
    }
    return { images, failures };
  }

  private async cachedImage(repositoryName: string, imageId: ImageId): Promise<object | undefined> {
    if (this.stale.has(`${repositoryName}:${imageId.imageTag}`)) {
      return undefined;
    }
    const answer = await this.account
      .call('ecr', 'BatchGetImage', { repositoryName, imageIds: [imageId] })
      .catch(() => ({ images: [] }));
    return answer.images[0];
  }

  private async importImage(
    puller: Puller,
    repository: string,
    { imageTag, imageDigest }: ImageId,
    trouble: Trouble,
  ): Promise<object | Failure> {
    const rule = await this.ruleOf(repository);
    const allowed = await Promise.all(IMPORT.map((action) => this.may(puller, action, arnOf(repository))));
    if (rule === undefined || allowed.includes(false)) {
      throw new Exception('RepositoryNotFoundException', `The repository with name '${repository}' does not exist`);
    }
    // As people report of a digest that is not cached.
    if (imageTag === undefined) {
      return { failureCode: 'ImageNotFound', failureReason: `${imageDigest} is not cached` };
    }
    try {
      await this.signInUpstream(rule);
    } catch (error) {
      return { failureCode: 'UpstreamAccessDenied', failureReason: (error as Refusal).message };
    }
    const image = await this.manifest(rule, repository, imageTag);
    if (image === undefined) {
      return { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
    }
    this.imports.push(`${repository}:${imageTag} ${image.digest}`);
    this.stale.delete(`${repository}:${imageTag}`);
    if (trouble.layers !== 'never') {
      setTimeout(() => void this.bringLayers(rule, repository, imageTag, image), trouble.layers ?? 0);
    }
    return { imageId: { imageTag, imageDigest: image.digest }, imageManifest: image.text };
  }

  /** The images of an index before the index, which ECR takes only then. */
  private async bringLayers(rule: Rule, repositoryName: string, imageTag: string, index: Manifest): Promise<void> {
    const exists = await this.account.call('ecr', 'DescribeRepositories', { repositoryNames: [repositoryName] }).then(
      () => true,
      () => false,
    );
    if (!exists) {
      await this.createRepository(repositoryName);
    }
    const put = ({ text, type, digest }: Manifest, tag?: string) =>
      this.account
        .call('ecr', 'PutImage', {
          repositoryName,
          imageManifest: text,
          imageManifestMediaType: type,
          imageDigest: digest,
          imageTag: tag,
        })
        .catch((error) => {
          if (error.name !== 'ImageAlreadyExistsException') {
            throw error;
          }
        });
    for (const { digest } of JSON.parse(index.text).manifests ?? []) {
      await put((await this.manifest(rule, repositoryName, digest))!);
    }
    await put(index, imageTag);
  }

  private async manifest(rule: Rule, repository: string, reference: string): Promise<Manifest | undefined> {
    const url = `${this.upstream}/v2/${this.upstreamPath(rule, repository)}/manifests/${reference}`;
    const answer = await fetch(url, { headers: { Accept: MANIFESTS } });
    return answer.status === 200
      ? {
          text: await answer.text(),
          type: answer.headers.get('content-type')!,
          digest: answer.headers.get('docker-content-digest')!,
        }
      : undefined;
  }
}

interface Manifest {
  readonly text: string;
  readonly type: string;
  readonly digest: string;
}

function failure(failureCode: string): Failure {
  return { failureCode, failureReason: 'trouble of the check' };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) {
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
