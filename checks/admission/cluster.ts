import { ApiServer, eventually } from './api-server';
import type { AdmissionPolicy } from '../../src';
import { check } from '../support/check';
import { fail } from '../support/run';

/** Where a pod names images. */
export interface PodImages {
  readonly containers?: string[];
  readonly initContainers?: string[];
  readonly volumes?: string[];
}

/** The most that one pod of this check names in each list: what a policy may cost depends on it. */
const BATCH = 25;

let pods = 0;

/** A pod that names images; those of its containers, init containers and volumes. */
export function pod({ containers = [], initContainers = [], volumes = [] }: PodImages, metadata: object = {}): any {
  pods += 1;
  const named = (kind: string) => (image: string, index: number) => ({ name: `${kind}${index}`, image });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod${pods}`, ...metadata },
    spec: {
      containers: containers.map(named('c')),
      ...(initContainers.length > 0 && { initContainers: initContainers.map(named('i')) }),
      ...(volumes.length > 0 && {
        volumes: volumes.map((reference, index) => ({ name: `v${index}`, image: { reference } })),
      }),
    },
  };
}

export function imagesOf({ spec }: any): Required<PodImages> & { ephemeralContainers: string[] } {
  const images = (containers: any[] = []) => containers.map(({ image }) => image);
  return {
    containers: images(spec.containers),
    initContainers: images(spec.initContainers),
    ephemeralContainers: images(spec.ephemeralContainers),
    volumes: (spec.volumes ?? []).filter(({ image }: any) => image).map(({ image }: any) => image.reference),
  };
}

/** A cluster of the check: an API server, and what this check asks of it. */
export class Cluster {
  public static async start(): Promise<Cluster> {
    return new Cluster(await ApiServer.start());
  }

  private constructor(public readonly server: ApiServer) {}

  public async namespace(name: string, labels: Record<string, string> = {}): Promise<string> {
    await this.applied({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    return name;
  }

  public async applied(object: any, namespace?: string): Promise<any> {
    const { status, body } = await this.server.apply(object, namespace);
    return status < 300 ? body : fail(`${object.kind} ${object.metadata.name} is refused: ${body.message}`);
  }

  /** Applies a policy, and waits until a pod shows that it acts. */
  public async install(policy: AdmissionPolicy, probe: () => Promise<boolean>): Promise<void> {
    for (const manifest of policy.manifests) {
      await this.applied(manifest);
    }
    await eventually('the policy acts', probe);
  }

  public async uninstall(policy: AdmissionPolicy, probe: () => Promise<boolean>): Promise<void> {
    for (const manifest of policy.manifests) {
      await this.server.remove(manifest);
    }
    await eventually('the policy does not act any more', probe);
  }

  /** Makes a pod, on trial unless told otherwise, and gives what it became. */
  public async make(object: any, namespace = 'default', dryRun = true): Promise<{ pod: any; warnings: string[] }> {
    const path = `/api/v1/namespaces/${namespace}/pods${dryRun ? '?dryRun=All' : ''}`;
    const { status, body, warnings } = await this.server.call('POST', path, object);
    return status < 300 ? { pod: body, warnings } : fail(`a pod is refused: ${body.message ?? body}`);
  }

  /** The image of a pod of one container. */
  public async imageOf(image: string, namespace = 'default', metadata: object = {}): Promise<string> {
    return imagesOf((await this.make(pod({ containers: [image] }, metadata), namespace)).pod).containers[0];
  }

  /** What becomes of images as those of ephemeral containers, which a pod that runs gets. */
  public async debug(images: string[], namespace = 'default', target?: any): Promise<any> {
    const host = target ?? (await this.make(pod({ containers: ['quay.io/debug/host:1'] }), namespace, false)).pod;
    const path = `/api/v1/namespaces/${namespace}/pods/${host.metadata.name}/ephemeralcontainers`;
    const ephemeralContainers = [
      ...(host.spec.ephemeralContainers ?? []),
      ...images.map((image, index) => ({ name: `e${(host.spec.ephemeralContainers ?? []).length + index}`, image })),
    ];
    const { status, body } = await this.server.call('PUT', path, {
      ...host,
      spec: { ...host.spec, ephemeralContainers },
    });
    return status < 300 ? body : fail(`ephemeral containers are refused: ${body.message}`);
  }

  /** What becomes of images in every kind of container and in volumes, each of which has to be the same. */
  public async everywhere(images: string[]): Promise<string[]> {
    const result: string[] = [];
    for (let from = 0; from < images.length; from += BATCH) {
      const some = images.slice(from, from + BATCH);
      const made = imagesOf((await this.make(pod({ containers: some, initContainers: some, volumes: some }))).pod);
      const debugged = imagesOf(await this.debug(some)).ephemeralContainers;
      for (const others of [made.initContainers, made.volumes, debugged]) {
        if (JSON.stringify(others) !== JSON.stringify(made.containers)) {
          check('every kind of container gets the same images', false, { some, made, debugged });
        }
      }
      result.push(...made.containers);
    }
    return result;
  }

  /** What becomes of images in containers alone, of which one pod has many. */
  public async inContainers(images: string[], batch = BATCH * 4): Promise<string[]> {
    const result: string[] = [];
    for (let from = 0; from < images.length; from += batch) {
      const made = await this.make(pod({ containers: images.slice(from, from + batch) }));
      result.push(...imagesOf(made.pod).containers);
    }
    return result;
  }
}
